"""What `run` and `demo` do once their options are read: arguments, view and summary."""

import os
import socket
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from msgspec.structs import replace

from protocol.json_text import json_bytes
from protocol.program.answer import SCHEMA, give_answer
from protocol.program.diagnostics import format_in_use
from protocol.program.event_text import shown_text
from protocol.program.rotation_options import check_rotation, rotation_arguments
from protocol.program.stop import StopSignal
from protocol.program.threshold import threshold_text
from protocol.result_folder import OUTPUTS, TABLE
from zreplay.commands.begun_replayer import REPLAYER_NEEDS
from zreplay.commands.capture_options import say_capture
from zreplay.commands.format_line import say_format
from zreplay.commands.input_options import input_arguments
from zreplay.commands.playback_options import playback_arguments
from zreplay.commands.processor_arguments import (
    key_arguments,
    preload_of,
    processor_arguments,
    processors_in_words,
    publish_arguments,
)
from zreplay.commands.resume_notice import may_resume, say_where_it_resumes
from zreplay.commands.sample import sample_path
from zreplay.controls.asking import Ask
from zreplay.settings import ReplaySettings
from zreplay.supervision.begun_child import begun_child
from zreplay.supervision.run import Script, View, run
from zreplay.supervision.run_settings import RunOutcome, RunSettings
from zreplay.supervision.stderr_relay import StderrRelay

if TYPE_CHECKING:
    from rich.console import Console

FIRST_LINE_SECONDS: Final = 0.25
"""When it asks for the first time, and how often until there is an answer."""
_TERMINAL_VARIABLES: Final = ("FORCE_COLOR", "TTY_COMPATIBLE")
"""With one of these a pipe may be a terminal for rich, which decides."""
DEMO_HISTORICAL_SECONDS: Final = 4.0
DEMO_LIVE_SECONDS: Final = 4.0
DEMO_STEP_SECONDS: Final = 0.1
WITHOUT_FRESH: Final = "the same command without --fresh resumes from here"
CHILDREN_NEED: Final = (
    *REPLAYER_NEEDS,
    *("zmid.cli", "zmid.serve_worker", "zmid.serve_sink", "zmid.metrics"),
    "setproctitle",
)
"""By name: this process does not import what a child runs."""


def run_files(replay: ReplaySettings, options: dict[str, Any], log: dict[str, str]) -> int:
    """Run to the end, print the summary, return the exit code.

    Raises:
        ZreplayError: it cannot start, or cannot continue.
    """
    as_json = bool(options["as_json"])
    if rotation_arguments(options):
        check_rotation(options)
    settings = RunSettings(
        replay,
        **{name: options[name] for name in ("out", "workers", "fresh", "metrics", "insecure")},
        replay_arguments=_replay_arguments(options, replay),
        worker_arguments=[
            *("--latency-threshold", threshold_text(options["latency_threshold"])),
            *("--stamp", options["stamp"]),
            *(["--no-mid"] if options["no_mid"] else []),
            *(["--table"] if options["table"] else []),
        ],
        processor_arguments=processor_arguments(options),
        processors=processors_in_words(options),
        sink_arguments=[
            *("--durability", options["durability"]),
            *publish_arguments(options),
            *key_arguments(options),
            *rotation_arguments(options),
        ],
        log_arguments=_log_arguments(log),
        preload=(*CHILDREN_NEED, *preload_of(options)),
    )
    if settings.fresh:
        settings = replace(settings, next_time=WITHOUT_FRESH)
    say_format(replay.historical, replay.columns, is_modelled=replay.latency is not None)
    if replay.live:
        say_capture(replay, settings.out)
    # A live feed may well be silent.
    needs_quotes = bool(replay.historical) and not replay.live and not options["allow_empty"]
    script = say_where_it_resumes if may_resume(settings.out, fresh=settings.fresh) else None
    return _run_shown(settings, as_json, script, needs_quotes=needs_quotes)


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
    return _run_shown(settings, as_json, _demo_script, needs_quotes=False)


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
        "silent_after",
        "capture_quota",
        "keep_capture",
        "on_overload",
        "until",
        "max_buffer",
        "max_rejected",
        "batch",
        "window",
        "hwm",
    ):
        if options[name] is not None:
            arguments += [f"--{name.replace('_', '-')}", str(options[name])]
    if not options["processor"]:
        arguments.append("--without-amounts")  # neither a line nor the table has any
    for path in options["live_format"]:
        arguments += ["--live-format", str(path)]
    # The files that were found, so that no pattern is expanded again.
    return [*arguments, "--", *map(str, replay.historical)] if replay.historical else arguments


def _log_arguments(log: dict[str, str]) -> list[str]:
    """The children log less than their parent was asked to: the view owns the terminal."""
    level = "warning" if log["log_level"] == "info" else log["log_level"]
    return ["--log-format", log["log_format"], "--log-level", level]


def _run_shown(
    settings: RunSettings, as_json: bool, script: Script | None, *, needs_quotes: bool
) -> int:
    """Run with the dashboard on a terminal, or occasional lines; return the exit code."""
    stop = StopSignal.install()
    if (begun := begun_child()) is not None:
        settings = replace(settings, preload=begun.leaves(settings.preload))
    console = _picture_console()
    relay = StderrRelay() if console is not None else None
    try:
        view: View = _lines
        if console is not None and relay is not None:
            view = _picture(console, stop, relay, settings.out)
        outcome = run(settings, stop, view, script, relay.fd if relay else None, begun)
    finally:
        if relay is not None:
            relay.close()
    is_empty = bool(outcome.summary["complete"]) and not outcome.summary["quotes"]
    if not (needs_quotes and is_empty):
        return _run_summary(outcome, settings, as_json)
    from zreplay.commands.empty_run import empty_answer, say_empty, why_empty

    empty = why_empty(settings.replay)
    answer = empty_answer(empty, "replayed")
    told = {**outcome.summary, "empty": empty.what, **answer}
    _run_summary(replace(outcome, summary=told), settings, as_json)
    return say_empty(answer)


def _picture_console() -> "Console | None":
    """Return the terminal to draw on, if there is one; a run in a pipe need not load rich."""
    if not (sys.stderr.isatty() or any(os.environ.get(name) for name in _TERMINAL_VARIABLES)):
        return None
    from rich.console import Console

    console = Console(stderr=True)
    return console if console.is_terminal and not console.is_dumb_terminal else None


def _lines(ask: Ask, over: threading.Event) -> None:
    if over.wait(FIRST_LINE_SECONDS):  # the parts begin meanwhile
        return
    from zreplay.screen.keys import Keys
    from zreplay.screen.line_printer import print_lines
    from zreplay.screen.watched import Clock, Watched

    watched = Watched(
        lambda: ask("status", ""),
        over.is_set,
        "",
        Clock.ended_by(over),
        Keys(None),
        as_json=format_in_use() == "json",
    )
    print_lines(watched, sys.stderr, FIRST_LINE_SECONDS)


def _picture(console: "Console", stop: StopSignal, relay: StderrRelay, out: Path) -> View:
    """Return the view of a run into `out` that is a dashboard and takes keys."""

    def view(ask: Ask, over: threading.Event) -> None:
        from zreplay.screen.dashboard import watch
        from zreplay.screen.keyboard import STANDARD_INPUT, Keyboard
        from zreplay.screen.keys import Keys
        from zreplay.screen.watched import Clock

        relay.start()
        keys = Keys(ask)
        keyboard = Keyboard(STANDARD_INPUT, keys.press)
        stop.before_exit.append(keyboard.restore)
        with keyboard:
            keys.is_there = keyboard.is_there
            watch(
                lambda: ask("status", ""),
                over.is_set,
                console=console,
                clock=Clock(sleep=keyboard.wait),
                keys=keys,
                folder=out,
            )

    return view


def _run_summary(outcome: RunOutcome, settings: RunSettings, as_json: bool) -> int:
    from zreplay.screen.rejected_text import rejected_text
    from zreplay.screen.run_summary import summary

    if as_json:
        give_answer(json_bytes({"schema": SCHEMA, **outcome.summary}).decode())
    elif outcome.was_complete:
        out = shown_text(str(outcome.summary["out"]))
        click.echo(f"this run is already complete, nothing was changed: {out}")
        if rejected := outcome.summary.get("rejected"):
            where = shown_text(str(settings.out / "rejected.log"))
            click.echo(f"{rejected:,} of its rows were rejected, hence exit code 1: {where}")
        click.echo("start over with --fresh")
    elif outcome.summary.get("ended"):
        click.echo(shown_text(summary(outcome.summary)))
        click.echo("the same command goes on from here")
    elif not outcome.summary["complete"]:
        at = f" at record {quotes:,}" if (quotes := outcome.summary.get("quotes")) else ""
        click.echo(shown_text(f"stopped before the end{at}; {settings.next_time}"))
    else:
        log, files = settings.out / "rejected.log", settings.replay.historical
        rows = rejected_text(log, files, outcome.summary["rejected"])
        told = (rows, summary(outcome.summary), *_other_results(settings))
        click.echo(shown_text("\n".join(text for text in told if text)))
    return outcome.exit_code


def _other_results(settings: RunSettings) -> list[str]:
    """Return where the table and the outputs of processors are, if there are any."""
    table = [TABLE] if "--table" in settings.worker_arguments else []
    outputs = [OUTPUTS] if settings.processor_arguments else []
    return [
        f"{name + ':':<14} {settings.out / file}"
        for name, files in (("table", table), ("outputs", outputs))
        for file in files
    ]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
