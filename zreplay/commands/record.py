"""`zreplay record`: from its options to its exit code."""

import sys
import time
from pathlib import Path
from typing import Any, Final

import click

from protocol.errors import SettingsError
from protocol.program.command_line import metrics_option
from zreplay.commands.capture_options import CAPTURE_OPTIONS, capture_settings
from zreplay.commands.end_options import DURATION_OPTION, UNTIL_OPTION, live_end
from zreplay.commands.json_option import JSON_OPTION
from zreplay.commands.live_options import LIVE_OPTIONS, live_settings
from zreplay.commands.playback_options import INSECURE_OPTION

SAY_EVERY_NS: Final = 5_000_000_000


def _options(command: Any) -> Any:
    for option in reversed((*LIVE_OPTIONS, *CAPTURE_OPTIONS, DURATION_OPTION, UNTIL_OPTION)):
        command = option(command)
    return command


@click.command()
@_options
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    help="The folder of the recording; one that is there goes on.",
)
@metrics_option
@INSECURE_OPTION
@JSON_OPTION
def record(**options: Any) -> None:
    """Record live feeds into a folder, without workers and sink.

    It ends with Ctrl-C, or when its time has come. convert, inspect and run take the folder.

    \b
    Examples:
      zreplay record --live binance:BTCUSDT --out recordings/btc
      zreplay record --live ws://127.0.0.1:8765 --out recordings/day --duration 24h
    """
    sys.exit(_record(options))


def _record(options: dict[str, Any]) -> int:
    from protocol.errors import EXIT_DONE
    from protocol.json_text import json_bytes
    from protocol.program.answer import SCHEMA, give_answer
    from protocol.program.diagnostics import Log
    from protocol.program.serving import serving
    from protocol.program.stop import StopSignal
    from zreplay.controls.recorder_metrics import recorder_metrics
    from zreplay.replayer.live_clock import LiveClock, read_clocks
    from zreplay.replayer.live_start import LiveStart
    from zreplay.replayer.recorder import Recorder
    from zreplay.replayer.state import StatePaths
    from zreplay.settings import ReplaySettings

    if not options["live"]:
        raise SettingsError(
            "there is nothing to record: no live address was given",
            fix="give --live ws://HOST:PORT, or --live VENUE:SYMBOL",
            code="Z202",
        )
    settings = ReplaySettings(**live_settings(options), **capture_settings(options))
    stop, log = StopSignal.install(), Log("zreplay")
    recorder = Recorder(settings, options["out"])
    began_ns = said_ns = time.monotonic_ns()

    def look() -> None:
        nonlocal said_ns
        if time.monotonic_ns() - said_ns >= SAY_EVERY_NS:
            said_ns = time.monotonic_ns()
            status = recorder.status()
            log.info(
                "recording",
                messages=status["messages"],
                gaps=status["gaps"],
                bytes=status["capture"]["bytes"],
                feeds=", ".join(sorted({feed["state"] for feed in status["feeds"]})),
            )

    try:
        with serving(
            options["metrics"],
            lambda: recorder_metrics(recorder.status()),
            lambda: recorder.missing,
            "zreplay record",
            insecure=options["insecure"],
        ):
            start = LiveStart(StatePaths(options["out"]).live_start)
            recorder.run(stop, LiveClock(live_end(options), read_clocks(), start), look)
    finally:
        status = recorder.status()
        recorder.close()
    seconds = round((time.monotonic_ns() - began_ns) / 1e9, 3)
    if options["as_json"]:
        summary = {**status, "seconds": seconds, "out": str(options["out"])}
        give_answer(json_bytes({"schema": SCHEMA, **summary}).decode())
    else:
        give_answer(_summary(status, seconds, options["out"]))
    return EXIT_DONE


def _summary(status: dict[str, Any], seconds: float, out: Path) -> str:
    capture = status["capture"]
    lines = [
        f"recorded {seconds:,.1f} s: {status['messages']:,} messages",
        f"  {'gaps':<26} {status['gaps']:>15,}",
        f"  {'bytes':<26} {capture['bytes']:>15,}",
    ]
    if capture["dropped_bytes"]:
        lines.append(f"  {'bytes dropped':<26} {capture['dropped_bytes']:>15,}")
    lines.append(f"capture:       {out}/capture")
    return "\n".join([*lines, *([f"gaps:          {out}/gaps.log"] if status["gaps"] else [])])
