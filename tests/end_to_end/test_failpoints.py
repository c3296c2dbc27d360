"""Every failpoint: the process dies there, is restarted, and no byte differs."""

import re
import signal
from pathlib import Path

import pytest

from protocol.program.failpoint import VARIABLE
from tests.depth import the_first
from tests.end_to_end.processes import ROOT, Parts, parts, until
from tests.end_to_end.test_capture_failpoints import SEGMENT_POINTS
from tests.listed import PATH, text, wrong
from tests.reference import mid_line, ordered_quotes, reference_logs
from tests.segments import segment_paths
from zreplay.live.live_source import LiveSource

SAMPLE = ROOT / "fixtures" / "historical_sample.csv"
LIVE_SAMPLE = ROOT / "fixtures" / "live_sample.csv"
ONE_BATCH = ("--speed", "max", "--batch", 1000, "--window", 1000)
"""One batch in flight: twenty commits, however fast the worker is."""
PACKAGES = ("protocol", "zmid", "zreplay")
POINT = re.compile(r'"((?:result_log|log_files)\.\w+)"|(?:reach|is_next|_write)\(.*"(\w+\.\w+)"')


def points_in_the_code() -> set[str]:
    sources = (path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    found = (match for source in sources for match in POINT.findall(source.read_text()))
    return {"".join(point) for point in found}


SINK_POINTS = (
    "result_log.before_mids",
    "result_log.torn_mids",
    "result_log.after_mids",
    "result_log.torn_errors",
    "result_log.after_errors",
    "result_log.torn_output",
    "result_log.after_outputs",
    "result_log.torn_ring",
    "result_log.after_ring",
    "result_log.after_commit",
    "sink.before_ack",
    "sink.after_ack",
)
ROTATION_POINTS = (
    "log_files.begun",
    "log_files.before_rename",
    "log_files.between_renames",
    "log_files.after_rename",
    "result_log.torn_manifest",
    "result_log.after_manifest",
)
KEEPING_POINTS = (
    "log_keeping.remove",
    "log_keeping.compressing",
    "log_keeping.before_rename",
    "log_keeping.after_rename",
)
COUNTS_POINTS = ("ticker_counts.written",)  # test_publish.py
STATE_POINTS = ("state.before_rename", "state.after_rename")
CAPTURE_POINTS = ("capture.before_write", "capture.torn_write", "capture.after_write")
REJECTED_POINTS = ("rejected.before_write", "rejected.torn_write", "rejected.after_write")
CHECKPOINT_POINTS = (
    "checkpoint.before_write",
    "checkpoint.torn_write",
    "checkpoint.after_write",
)
CONVERT_POINTS = (  # test_convert.py
    "convert.write",
    "convert.between_renames",
    "convert.before_rename",
    "convert.after_rename",
)
BACKFILL_POINTS = (  # test_backfill.py
    "backfill.before_part",
    "backfill.after_part",
    "backfill.after_marker",
    "backfill.before_logs",
)
DISK_POINTS = ("disk.write", "disk.sync", "disk.read", "disk.cut", "disk.rename")  # test_disk.py


def test_every_failpoint_of_the_code_is_tried() -> None:
    replayer_points = {*STATE_POINTS, *CAPTURE_POINTS, *REJECTED_POINTS, *CHECKPOINT_POINTS}
    of_closed = {*ROTATION_POINTS, *KEEPING_POINTS, *COUNTS_POINTS}
    of_files = {*CONVERT_POINTS, *BACKFILL_POINTS, *DISK_POINTS, *SEGMENT_POINTS}
    assert {*SINK_POINTS, *of_closed, *replayer_points, *of_files} == points_in_the_code()


@pytest.mark.parametrize("occurrence", the_first(1, [7, 1, 2]))
@pytest.mark.parametrize("point", SINK_POINTS)
def test_a_sink_that_dies_at_any_step_changes_no_byte(
    tmp_path: Path, point: str, occurrence: int
) -> None:
    with parts(tmp_path) as these:
        serve = these.serve(SAMPLE, *ONE_BATCH, "--exit-when-done")
        these.worker("--processor", f"{PATH}:listed")
        sink = these.sink(**{VARIABLE: f"{point}:{occurrence}"})
        assert -signal.SIGKILL == sink.wait(60)
        these.sink()
        assert 0 == serve.wait(60)

        assert reference_logs([SAMPLE])[:2] == these.logs()
        folder = these.out / "outputs"
        files = ((folder / name).read_bytes() for name in ("quotes.csv", "quotes.arrows"))
        assert "" == wrong(text(ordered_quotes([SAMPLE])[0]), *files)


@pytest.mark.parametrize("point", ROTATION_POINTS)
def test_a_sink_that_dies_while_it_closes_a_log_changes_no_byte(tmp_path: Path, point: str) -> None:
    with parts(tmp_path) as these:
        serve = these.serve(SAMPLE, *ONE_BATCH, "--exit-when-done")
        these.worker()
        sink = these.sink("--rotate", "50KB", **{VARIABLE: f"{point}:3"})
        assert -signal.SIGKILL == sink.wait(60)
        these.sink("--rotate", "50KB")
        assert 0 == serve.wait(60)

        assert reference_logs([SAMPLE])[:2] == these.logs()
        for name, text in zip(("mid_prices.log", "errors.log"), these.logs(), strict=True):
            sizes = [path.stat().st_size for path in segment_paths(these.out, name)]
            assert len(text) // 50_100 <= len(sizes) <= len(text) // 50_000
            assert all(50_000 <= size < 50_100 for size in sizes)


@pytest.mark.parametrize("occurrence", the_first(1, [1, 4]))
@pytest.mark.parametrize("point", the_first(2, KEEPING_POINTS))
def test_a_sink_that_dies_while_it_compresses_or_removes_leaves_each_log_whole_or_removed(
    tmp_path: Path, point: str, occurrence: int
) -> None:
    """Killed at each start but the last, as often as there is something to do."""
    of_closed = ("--rotate", "20KB", "--compress", "zst")
    if point == "log_keeping.remove":
        of_closed += ("--keep-logs", "9")
    with parts(tmp_path) as these:
        small = ("--speed", "max", "--batch", 250, "--window", 250)
        serve = these.serve(SAMPLE, *small, "--exit-when-done")
        these.worker()
        ended = []
        while -signal.SIGKILL in {*ended, -signal.SIGKILL} and len(ended) < 3:
            sink = these.sink(*of_closed, "--exit-when-done", **{VARIABLE: f"{point}:{occurrence}"})
            ended.append(sink.wait(60))
        assert -signal.SIGKILL == ended[0]
        assert 0 == these.sink(*of_closed, "--exit-when-done").wait(60)
        assert 0 == serve.wait(60)

        files = [path.name for path in (these.out / "segments").iterdir()]
        assert [] == [name for name in files if name.endswith(".part")]
        assert len(files) == len({name.removesuffix(".zst") for name in files})
        assert 30 < sum(name.endswith(".zst") for name in files) or "--keep-logs" in of_closed
        for whole, found in zip(reference_logs([SAMPLE])[:2], these.logs(), strict=True):
            assert whole.endswith(found) and ("--keep-logs" in of_closed or whole == found)


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
        assert captured_lines(these.state / "capture", mids.count(b"\n")) == mids
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
