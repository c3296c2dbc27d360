"""Every failpoint: the process dies there, is restarted, and no byte differs."""

import re
import signal
from pathlib import Path

import pytest

from protocol.program.failpoint import VARIABLE
from tests.end_to_end.processes import ROOT, Parts, parts, until
from tests.reference import mid_line, reference_logs
from zreplay.live.live_source import LiveSource

SAMPLE = ROOT / "fixtures" / "historical_sample.csv"
LIVE_SAMPLE = ROOT / "fixtures" / "live_sample.csv"
PACKAGES = ("protocol", "zmid", "zreplay")
POINT = re.compile(r'(?:reach|is_next|_write)\(.*"(\w+\.\w+)"')


def points_in_the_code() -> set[str]:
    sources = (path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    return {point for source in sources for point in POINT.findall(source.read_text())}


SINK_POINTS = (
    "result_log.before_mids",
    "result_log.torn_mids",
    "result_log.after_mids",
    "result_log.torn_errors",
    "result_log.after_errors",
    "result_log.torn_ring",
    "result_log.after_ring",
    "result_log.after_commit",
    "sink.before_ack",
    "sink.after_ack",
)
STATE_POINTS = ("state.before_rename", "state.after_rename")
CAPTURE_POINTS = ("capture.before_write", "capture.torn_write", "capture.after_write")
REJECTED_POINTS = ("rejected.before_write", "rejected.torn_write", "rejected.after_write")
CHECKPOINT_POINTS = (
    "checkpoint.before_write",
    "checkpoint.torn_write",
    "checkpoint.after_write",
)
DISK_POINTS = ("disk.write", "disk.sync", "disk.read", "disk.cut")  # test_disk.py


def test_every_failpoint_of_the_code_is_tried() -> None:
    replayer_points = {*STATE_POINTS, *CAPTURE_POINTS, *REJECTED_POINTS, *CHECKPOINT_POINTS}
    assert {*SINK_POINTS, *replayer_points, *DISK_POINTS} == points_in_the_code()


@pytest.mark.parametrize("occurrence", [1, 2, 7])
@pytest.mark.parametrize("point", SINK_POINTS)
def test_a_sink_that_dies_at_any_step_changes_no_byte(
    tmp_path: Path, point: str, occurrence: int
) -> None:
    # One batch in flight: twenty commits, however fast the worker is.
    sizes = ("--batch", 1000, "--window", 1000)
    with parts(tmp_path) as these:
        serve = these.serve(SAMPLE, "--speed", "max", *sizes, "--exit-when-done")
        these.worker()
        sink = these.sink(**{VARIABLE: f"{point}:{occurrence}"})
        assert -signal.SIGKILL == sink.wait(60)
        these.sink()
        assert 0 == serve.wait(60)

        assert reference_logs([SAMPLE])[:2] == these.logs()


@pytest.mark.parametrize("point", REJECTED_POINTS)
def test_a_rejected_row_is_listed_once_whenever_the_replayer_dies(
    tmp_path: Path, point: str
) -> None:
    path = tmp_path / "quotes.csv"
    header, *rows = SAMPLE.read_bytes().splitlines(keepends=True)
    path.write_bytes(header + b"".join(row + b"broken\n" * (row[-3] == 48) for row in rows))
    with parts(tmp_path) as these:
        arguments = (path, "--speed", "max", "--exit-when-done")
        serve = these.serve(*arguments, **{VARIABLE: f"{point}:1"})
        these.worker()
        these.sink()
        assert -signal.SIGKILL == serve.wait(60)
        assert 1 == these.serve(*arguments).wait(60)

        mids, errors, rejected = reference_logs([path])
        lines = (these.state / "rejected.log").read_bytes().splitlines()
        assert (mids, errors) == these.logs()
        assert rejected == len(lines) == len(set(lines))


@pytest.mark.parametrize("point", CHECKPOINT_POINTS)
def test_a_replayer_that_dies_at_a_checkpoint_changes_no_byte(tmp_path: Path, point: str) -> None:
    with parts(tmp_path) as these:
        arguments = (SAMPLE, "--speed", "max", "--exit-when-done")
        serve = these.serve(*arguments, **{VARIABLE: f"{point}:1"})
        these.worker()
        these.sink()
        assert -signal.SIGKILL == serve.wait(60)
        assert 0 == these.serve(*arguments).wait(60)

        assert reference_logs([SAMPLE])[:2] == these.logs()


@pytest.mark.parametrize("point", STATE_POINTS)
def test_a_command_is_kept_whole_or_was_never_answered(tmp_path: Path, point: str) -> None:
    """A replayer that dies while it writes a command down has not answered it OK."""
    with live_parts(tmp_path) as (these, address):
        arguments = (SAMPLE, "--live", address, "--speed", "2")
        serve = these.serve(*arguments, **{VARIABLE: f"{point}:1"})
        these.worker()
        these.sink()
        until(lambda: these.ask("status")["committed"] > 0, "the first quotes")
        answer = these.try_to_ask("mode", "live")
        assert answer is None
        assert -signal.SIGKILL == serve.wait(60)
        these.serve(*arguments)
        mode = (
            until(lambda: these.ask("status")["epoch"] > 1, "the second epoch")
            and these.ask("ping")["mode"]
        )

        assert ("live" if point == "state.after_rename" else "historical") == mode


@pytest.mark.parametrize("occurrence", [1, 3])
@pytest.mark.parametrize("point", CAPTURE_POINTS)
def test_a_live_quote_is_once_in_the_log_from_its_capture_on(
    tmp_path: Path, point: str, occurrence: int
) -> None:
    with live_parts(tmp_path) as (these, address):
        serve = these.serve("--live", address, **{VARIABLE: f"{point}:{occurrence}"})
        these.worker()
        these.sink()
        assert -signal.SIGKILL == serve.wait(60)
        serve = these.serve("--live", address)
        until(lambda: these.ask("status")["committed"] > 500, "live quotes")
        these.ask("stop")
        assert 0 == serve.wait(60)

        mids, errors = these.logs()
        assert captured_lines(these.state / "capture.log", mids.count(b"\n")) == mids
        assert b"" == errors


def test_a_mode_that_was_answered_survives_the_death_of_everything(tmp_path: Path) -> None:
    with live_parts(tmp_path) as (these, address):
        arguments = (SAMPLE, "--live", address)
        running = [these.serve(*arguments), these.worker(), these.sink()]
        until(lambda: these.ask("status")["committed"] > 0, "the first quotes")
        assert these.ask("mode", "live")["ok"]
        for process in running:
            process.kill()
        for process in running:
            process.wait(60)
        these.serve(*arguments)
        these.worker()
        these.sink()
        until(lambda: these.ask("status")["epoch"] > 1, "the second epoch")

        assert "live" == these.ask("ping")["mode"]


def captured_lines(capture: Path, count: int) -> bytes:
    """Return the lines of the first so many captured quotes."""
    source = LiveSource(capture, lambda rejection: None)
    lines = [
        mid_line(int(time_ns), float(bid), float(ask))
        for piece in iter(source.poll, None)
        for time_ns, bid, ask in zip(
            piece.block.timestamp_ns, piece.block.bid_price, piece.block.ask_price, strict=True
        )
    ]
    source.close()
    return "".join(lines[:count]).encode()


class live_parts:
    """Parts and the address of a feed that loops."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._parts = parts(folder)

    def __enter__(self) -> tuple[Parts, str]:
        these = self._parts.__enter__()
        port_file = self._folder / "port"
        these.feed(LIVE_SAMPLE, "--port", 0, "--port-file", port_file, "--loop")
        port = until(lambda: port_file.exists() and port_file.read_text().strip(), "the feed")
        return these, f"ws://127.0.0.1:{port}"

    def __exit__(self, *raised: object) -> None:
        self._parts.__exit__(*raised)
