"""A full disk is waited for; a failing one ends the run, which can be resumed afterwards."""

import errno
import signal
from pathlib import Path

import msgspec
import pytest

import zreplay
from protocol.errors import write_fix
from protocol.program.failpoint import VARIABLE
from tests.depth import the_first
from tests.end_to_end.processes import ROOT, Parts, finish, logs, parts, start, until
from tests.end_to_end.test_failpoints import live_parts
from tests.end_to_end.test_run_killed import committed_bytes
from tests.reference import reference_logs
from tests.segments import segment_paths

SAMPLE = ROOT / "fixtures" / "historical_sample.csv"
SLOW = (SAMPLE, "--speed", "max", "--batch", 1000, "--exit-when-done")
FAST = ("--speed", "max", "--batch", 1000)


@pytest.mark.parametrize("occurrence", the_first(3, [1, 3, 9, 2, 4, 5]))
@pytest.mark.parametrize("point", ["disk.write", "disk.sync"])
def test_a_disk_that_fails_anywhere_ends_the_sink_with_6_and_nothing_is_lost(
    tmp_path: Path, point: str, occurrence: int
) -> None:
    with parts(tmp_path) as these:
        serve = these.serve(*SLOW)
        these.worker()
        power = ("--durability", "power")
        sink = these.sink(*power, **{VARIABLE: f"{point}:{occurrence}:EIO"})
        assert 6 == sink.wait(60)
        these.sink(*power)
        assert 0 == serve.wait(60)

        assert reference_logs([SAMPLE])[:2] == these.logs()


@pytest.mark.parametrize("point", ["disk.read", "disk.cut"])
def test_a_disk_that_fails_at_recovery_is_named_and_recovers_later(
    tmp_path: Path, point: str
) -> None:
    with parts(tmp_path) as these:
        serve = these.serve(*SLOW)
        these.worker()
        died = these.sink(**{VARIABLE: "result_log.after_errors:4"})
        assert -signal.SIGKILL == died.wait(60)
        ends = ("--bind", these.results, "--sync", these.sync, "--out", these.out)
        failed = finish("zmid", "sink", *ends, **{VARIABLE: f"{point}:1:EIO"})
        assert (6, True) == (failed.returncode, "Input/output error" in failed.stderr)
        these.sink()
        assert 0 == serve.wait(60)

        assert reference_logs([SAMPLE])[:2] == these.logs()


def test_a_disk_that_refuses_to_close_a_log_ends_the_sink_and_then_closes_it(
    tmp_path: Path,
) -> None:
    with parts(tmp_path) as these:
        serve = these.serve(*SLOW)
        these.worker()
        rotate = ("--rotate", "50KB")
        failing = these.sink(*rotate, **{VARIABLE: "disk.rename:2-3:EIO"})
        assert 6 == failing.wait(60)
        these.sink(*rotate)
        assert 0 == serve.wait(60)

        assert reference_logs([SAMPLE])[:2] == these.logs()


@pytest.mark.parametrize("full", ["disk.write:40-44", "disk.rename:9-12", "disk.cut:9-12"])
def test_a_disk_that_fills_up_while_logs_are_closed_is_waited_for_and_no_byte_differs(
    tmp_path: Path, full: str
) -> None:
    rotate = ("--rotate", "20KB")
    with parts(tmp_path) as these:
        serve = these.serve(*SLOW)
        these.worker("--table")
        sink = these.sink(*rotate, "--exit-when-done", **{VARIABLE: f"{full}:ENOSPC"})
        assert (0, 0) == (serve.wait(60), sink.wait(60))

        assert reference_logs([SAMPLE])[:2] == these.logs()
        sizes = [path.stat().st_size for path in segment_paths(these.out, "mid_prices.log")]
        assert len(these.logs()[0]) // 20_100 <= len(sizes)
        assert 20_000 == len(zreplay.results(these.out).read_all())


def test_a_run_whose_disk_fails_ends_with_6_and_the_same_command_goes_on(tmp_path: Path) -> None:
    arguments = ("run", SAMPLE, *FAST, "--out", tmp_path / "out", "--json")
    failed = finish("zreplay", *arguments, **{VARIABLE: "disk.write:7:EIO"})
    done = finish("zreplay", *arguments)

    assert (6, 0) == (failed.returncode, done.returncode)
    assert "Input/output error" in failed.stderr
    assert reference_logs([SAMPLE])[:2] == logs(tmp_path / "out")


@pytest.mark.parametrize("number", ["ENOSPC", "EDQUOT"])
def test_a_full_disk_is_named_and_waited_for_and_changes_no_byte(
    tmp_path: Path, number: str
) -> None:
    """Six refusals: the sink tries again after 0.1, 0.2, 0.4 ... seconds."""
    with parts(tmp_path) as these:
        serve = these.serve(*SLOW)
        these.worker()
        these.sink(**{VARIABLE: f"disk.write:5-9:{number}"})
        said = until(lambda: waits_for(these, "room on the disk"), "the reason")
        assert str(these.out) in said
        assert 0 == serve.wait(60)

        assert reference_logs([SAMPLE])[:2] == these.logs()


def waits_for(these: Parts, what: str) -> str:
    status = these.try_to_ask("status")
    said: str = status["waits_for"] if status else ""
    return said if what in said else ""


def test_a_mode_on_a_full_disk_is_refused_with_the_reason_and_changes_nothing(
    tmp_path: Path,
) -> None:
    with live_parts(tmp_path) as (these, address):
        point = {VARIABLE: "state.before_rename:1:ENOSPC"}
        these.serve(SAMPLE, "--live", address, **point)
        these.worker()
        these.sink()
        until(lambda: these.ask("status")["committed"] > 0, "the first quotes")
        refused = these.ask("mode", "live")

        assert (False, "historical") == (refused["ok"], these.ask("ping")["mode"])
        assert "No space left on device" in msgspec.json.encode(refused).decode()
        assert "historical -> live" == these.ask("mode", "live")["changed"]


def test_the_place_of_a_command_waits_for_room_on_a_full_disk(tmp_path: Path) -> None:
    """The command was given before there was a sink; its place is written at WELCOME."""
    with live_parts(tmp_path) as (these, address):
        point = {VARIABLE: "state.before_rename:2-7:ENOSPC"}
        these.serve(SAMPLE, "--live", address, **point)
        assert these.ask("mode", "live")["ok"]
        these.worker()
        these.sink()
        said = until(lambda: waits_for(these, "room on the disk"), "the reason")

        assert "commands.json" in said
        until(lambda: these.ask("status")["committed"] > 0, "live quotes")
        assert "live" == these.ask("ping")["mode"]


def test_a_limit_on_the_size_of_files_ends_the_run_and_without_it_the_same_goes_on(
    tmp_path: Path,
) -> None:
    """The one way to have a short write and then an error from the kernel without a mount."""
    limit_bytes = 1_100_000  # the ring is a little smaller, the mids are larger
    path = tmp_path / "quotes.csv"
    header, rows = SAMPLE.read_bytes().split(b"\n", 1)
    path.write_bytes(header + b"\n" + rows * 3)
    with parts(tmp_path) as these:
        serve = these.serve(path, "--speed", "max", "--reorder", "3600s", "--exit-when-done")
        these.worker()
        sink = these.limited_sink(limit_bytes)
        _, said = sink.communicate(timeout=60)
        assert 6 == sink.returncode
        assert f"File too large\nfix: {write_fix(OSError(errno.EFBIG, ''))}\n" in said
        assert limit_bytes >= (these.out / "mid_prices.log").stat().st_size
        these.sink()
        assert 0 == serve.wait(60)

        assert reference_logs([path])[:2] == these.logs()


def test_with_power_in_mind_kills_change_no_byte_either(tmp_path: Path) -> None:
    out = tmp_path / "out"
    arguments = ("run", SAMPLE, "--out", out, "--durability", "power", "--speed")
    for least in (1, 300_000):
        run = start("zreplay", *arguments, "2")
        until(lambda least=least: committed_bytes(out) > least, "commits")
        run.kill()
        run.communicate()
    assert 0 == finish("zreplay", *arguments, "max").returncode

    assert reference_logs([SAMPLE])[:2] == logs(out)
