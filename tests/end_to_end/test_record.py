"""A feed is recorded, and what was recorded is read; a live run ends well, and verify says so."""

import json
import signal
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from protocol.program.failpoint import VARIABLE
from tests.end_to_end.processes import finish, start, until
from tests.end_to_end.test_failpoints import captured_lines, live_parts
from zreplay.live.capture_folder import is_capture
from zreplay.live.capture_reader import CaptureReader
from zreplay.live.gap import DROPPED
from zreplay.quotes.timestamp_text import time_text


def test_what_was_recorded_is_inspected_converted_and_run(tmp_path: Path) -> None:
    with live_parts(tmp_path) as (these, address):
        out = tmp_path / "recording"
        recording = these.keep(start("zreplay", "record", "--live", address, "--out", out))
        until(lambda: len(captured_lines(out / "capture", 200)) > 5_000 if capture(out) else 0, "")
        recording.send_signal(signal.SIGTERM)
        assert 0 == recording.wait(60)

    lines = captured_lines(out / "capture", 10**9).count(b"\n")
    assert f"{lines:,} quotes" in finish("zreplay", "inspect", out).stdout
    assert 0 == finish("zreplay", "convert", out, "--to", tmp_path / "a.csv").returncode
    assert lines + 1 == (tmp_path / "a.csv").read_bytes().count(b"\n")
    done = finish("zreplay", "run", out, "--out", tmp_path / "run", "--speed", "max")
    assert 0 == done.returncode, done.stderr
    logs = [(tmp_path / "run" / name).read_bytes() for name in ("mid_prices.log", "errors.log")]
    assert lines == sum(log.count(b"\n") for log in logs)


def capture(out: Path) -> bool:
    return is_capture(out / "capture")


@pytest.mark.parametrize("ends", ["signal", "duration"])
def test_a_live_run_ends_well_and_its_lines_are_those_of_its_capture(
    tmp_path: Path, ends: str
) -> None:
    with live_parts(tmp_path) as (these, address):
        out = tmp_path / "run"
        more = ("--duration", "2s") if ends == "duration" else ()
        run = these.keep(start("zreplay", "run", "--live", address, "--out", out, *more))
        until(lambda: size_of(out / "mid_prices.log") > 1_000, "the first lines")
        if ends == "signal":
            run.send_signal(signal.SIGINT)
        assert 0 == run.wait(60)
        assert run.stdout is not None
        said = run.stdout.read()
        assert f"{out}/mid_prices.log" in said and "the same command goes on" in said
        verified(out)


@pytest.mark.parametrize("command", ["run", "record"])
def test_of_one_that_was_killed_the_duration_goes_on(tmp_path: Path, command: str) -> None:
    with live_parts(tmp_path) as (these, address):
        out = tmp_path / "out"
        begin = ("zreplay", command, "--live", address, "--out", out, "--duration", "10h")
        killed = these.keep(start(*begin))
        until(lambda: capture(out) and (out / "live_start").exists(), "the start")
        killed.kill()
        killed.wait(60)
        kept = json.loads((out / "live_start").read_bytes())
        long_ago = {**kept, "wall_ns": 0, "boot_ns": 0, "boot_id": ""}
        (out / "live_start").write_text(json.dumps(long_ago))

        went_on = these.keep(start(*begin))
        assert 0 == went_on.wait(60)
        assert not (out / "live_start").exists()


@pytest.mark.parametrize("point", ["capture.after_roll", "capture.before_delete"])
def test_whatever_step_it_was_killed_at_verify_finds_the_same(tmp_path: Path, point: str) -> None:
    with live_parts(tmp_path) as (these, address):
        bounded = ("--live", address, "--capture-quota", "1MiB", "--on-overload", "block")
        serve = these.serve(*bounded, **{VARIABLE: f"{point}:2"})
        these.worker()
        these.sink()
        assert -signal.SIGKILL == serve.wait(60)
        serve = these.serve(*bounded)
        until(lambda: these.ask("status")["capture"]["segments"] > 5, "more segments")
        until(lambda: these.ask("status")["capture"]["behind_bytes"] < 100_000, "the present")
        these.ask("stop")
        assert 0 == serve.wait(60)
        done = finish("zreplay", "verify", these.out, "--state", these.state)

    assert ("the same", "") == (done.stdout.splitlines()[-1][:8], done.stderr), done.stdout


@pytest.mark.parametrize(
    "point", ["capture.dropped", "capture.drop_deleted", "capture.after_write"]
)
def test_what_a_recording_drops_is_told_once_wherever_it_is_killed(
    tmp_path: Path, point: str
) -> None:
    with live_parts(tmp_path) as (these, address):
        out = tmp_path / "recording"
        bounded = ("--live", address, "--capture-quota", "1MiB", "--on-overload", "drop-oldest")
        record = ("zreplay", "record", "--out", out, *bounded)
        late = "3" if point != "capture.after_write" else "3000"
        killed = these.keep(start(*record, **{VARIABLE: f"{point}:{late}"}))
        assert -signal.SIGKILL == killed.wait(60)
        before = len(drops_told(out))
        recording = these.keep(start(*record))
        until(lambda: len(drops_told(out)) > before + 3, "more drops")
        recording.send_signal(signal.SIGTERM)
        assert 0 == recording.wait(60)

    told = drops_told(out)
    with closing(CaptureReader(out / "capture")) as reader:
        (drop,) = [head.dropped for head in reader.drops if head.dropped]
    assert [line["to"] for line in told[:-1]] == [line["from"] for line in told[1:]]
    assert (time_text(drop.from_ns), time_text(drop.to_ns)) == (told[0]["from"], told[-1]["to"])
    assert [line["offset"] for line in told] == sorted({line["offset"] for line in told})


def drops_told(out: Path) -> list[dict[str, Any]]:
    path = out / "gaps.log"
    lines = [json.loads(line) for line in (path.read_text() if path.exists() else "").splitlines()]
    return [line for line in lines if line["reason"] == DROPPED]


def size_of(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def verified(out: Path) -> "subprocess.CompletedProcess[str]":
    done = finish("zreplay", "verify", out)
    assert 0 == done.returncode, done.stdout + done.stderr
    return done
