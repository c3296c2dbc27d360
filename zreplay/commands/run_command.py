"""What `run` and `demo` do once their options are read: arguments, view and summary."""

import socket
import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from protocol.errors import ZreplayError
from protocol.json_text import json_bytes
from protocol.program.diagnostics import format_in_use
from protocol.program.event_text import printable
from protocol.program.stop import StopSignal
from zreplay.commands.input_options import input_arguments
from zreplay.commands.playback_options import playback_arguments
from zreplay.commands.sample import sample_path
from zreplay.controls.asking import Ask
from zreplay.settings import ReplaySettings
from zreplay.supervision.run import RunOutcome, RunSettings, Script, View, run
from zreplay.supervision.stderr_relay import StderrRelay

if TYPE_CHECKING:
    from rich.console import Console

    from zreplay.recordings.formats.layout import Layout

DEMO_HISTORICAL_SECONDS: Final = 4.0
DEMO_LIVE_SECONDS: Final = 4.0
DEMO_STEP_SECONDS: Final = 0.1
WITHOUT_FRESH: Final = "the same command without --fresh resumes from here"
CHILDREN_NEED: Final = (
    *("zreplay.commands.serve", "zreplay.historical.historical_source"),
    *("zmid.cli", "zmid.worker", "zmid.sink"),
)
"""By name: this process does not import what a child runs."""


def run_files(replay: ReplaySettings, options: dict[str, Any], log: dict[str, str]) -> int:
    """Run to the end, print the summary, return the exit code.

    Raises:
        ZreplayError: it cannot start, or cannot continue.
    """
    as_json = bool(options["as_json"])
    settings = RunSettings(
        replay,
        out=options["out"],
        workers=options["workers"],
        fresh=options["fresh"],
        replay_arguments=_replay_arguments(options, replay),
        worker_arguments=[
            *("--latency-threshold", repr(options["latency_threshold"])),
            *("--stamp", options["stamp"]),
        ],
        sink_arguments=["--durability", options["durability"]],
        log_arguments=_log_arguments(log),
        preload=CHILDREN_NEED,
    )
    if settings.fresh:
        settings = replace(settings, next_time=WITHOUT_FRESH)
    _say_format(replay)
    return _run_shown(settings, as_json)


def _say_format(replay: ReplaySettings) -> None:
    """Say what the first file was taken for, unless it is our own format with its latency."""
    from zreplay.recordings.formats.format_options import NONE
    from zreplay.recordings.recording_kind import check_files

    layouts: list[Layout | None] = []
    with suppress(ZreplayError):  # which the replayer tells
        layouts = check_files(replay.historical[:1], replay.columns)
    for layout in layouts:
        if layout is not None and layout.identity:
            is_assumed = layout.latency != NONE or replay.latency is not None
            hint = "" if is_assumed else " (--latency constant:5ms assumes one)"
            click.echo(f"format: {printable(layout.described())}{hint}", err=True)


def run_demo(out: Path, log: dict[str, str], *, as_json: bool) -> int:
    """Play the bundled sample in both modes; return the exit code."""
    historical, live = sample_path("historical_sample.csv"), sample_path("live_sample.csv")
    port = _free_port()
    address = f"ws://127.0.0.1:{port}"
    replay = ReplaySettings(historical=(historical,), live=(address,))
    settings = RunSettings(
        replay,
        out=out,
        fresh=True,
        replay_arguments=[str(historical)],
        feed_arguments=[str(live), "--port", str(port), "--loop"],
        log_arguments=_log_arguments(log),
        preload=CHILDREN_NEED,
        next_time="the demo starts over each time",
    )
    return _run_shown(settings, as_json, _demo_script)


def _demo_script(ask: Ask, over: threading.Event) -> None:
    """Historical, switch to live, back and resume; stop as soon as the run is over."""
    _wait_for_state(ask, "RUNNING", over)
    over.wait(DEMO_HISTORICAL_SECONDS)
    ask("mode", "live")
    over.wait(DEMO_LIVE_SECONDS)
    ask("mode", "historical")


def _wait_for_state(ask: Ask, state: str, over: threading.Event) -> None:
    for _ in range(round(10 / DEMO_STEP_SECONDS)):
        answer = ask("ping", "")
        if answer is not None and answer["state"] == state:
            return
        over.wait(DEMO_STEP_SECONDS)


def _replay_arguments(options: dict[str, Any], replay: ReplaySettings) -> list[str]:
    """Return the options of `run` as the replayer's arguments."""
    arguments = input_arguments(options) + playback_arguments(options)
    for name in (
        "reorder",
        "late",
        "mode",
        "max_buffer",
        "batch",
        "window",
        "hwm",
    ):
        if options[name] is not None:
            arguments += [f"--{name.replace('_', '-')}", str(options[name])]
    # The files that were found, so that no pattern is expanded again.
    return [*arguments, "--", *map(str, replay.historical)] if replay.historical else arguments


def _log_arguments(log: dict[str, str]) -> list[str]:
    """The children log less than their parent was asked to: the view owns the terminal."""
    level = "warning" if log["log_level"] == "info" else log["log_level"]
    return ["--log-format", log["log_format"], "--log-level", level]


def _run_shown(settings: RunSettings, as_json: bool, script: Script | None = None) -> int:
    """Run with the dashboard on a terminal, or occasional lines; return the exit code."""
    from rich.console import Console

    stop = StopSignal.install()
    console = Console(stderr=True)
    is_picture = console.is_terminal and not console.is_dumb_terminal
    relay = StderrRelay() if is_picture else None
    try:
        view = _view(console, stop, relay)
        outcome = run(settings, stop, view, script, relay.fd if relay else None)
    finally:
        if relay is not None:
            relay.close()
    return _run_summary(outcome, settings, as_json)


def _view(console: "Console", stop: StopSignal, relay: StderrRelay | None) -> View:
    """Return the view of a run; with a relay, a dashboard that takes keys."""

    def view(ask: Ask, over: threading.Event) -> None:
        # Imported only here, once the children are forked: they need not wait for it.
        from zreplay.screen.dashboard import Clock, watch
        from zreplay.screen.keyboard import STANDARD_INPUT, Keyboard
        from zreplay.screen.keys import Keys

        if relay is not None:
            relay.start()
        keys = Keys(ask if relay else None)
        keyboard = Keyboard(STANDARD_INPUT if relay else None, keys.press)
        stop.before_exit.append(keyboard.restore)
        with keyboard:
            keys.is_there = keyboard.is_there
            watch(
                lambda: ask("status", ""),
                over.is_set,
                console=console,
                clock=Clock(sleep=keyboard.wait) if relay else Clock.ended_by(over),
                keys=keys,
                as_json=format_in_use() == "json",
            )

    return view


def _run_summary(outcome: RunOutcome, settings: RunSettings, as_json: bool) -> int:
    from zreplay.screen.rejected_text import rejected_text
    from zreplay.screen.run_summary import summary

    if as_json:
        click.echo(json_bytes(outcome.summary).decode())
    elif outcome.was_complete:
        click.echo(f"this run is already complete, nothing was changed: {outcome.summary['out']}")
        click.echo("start over with --fresh")
    elif not outcome.summary["complete"]:
        click.echo(f"stopped before the end; {settings.next_time}")
    else:
        log, files = settings.out / "rejected.log", settings.replay.historical
        rows = rejected_text(log, files, outcome.summary["rejected"])
        click.echo("\n".join(text for text in (rows, summary(outcome.summary)) if text))
    return outcome.exit_code


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
