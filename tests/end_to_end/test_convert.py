"""A run of what was converted has the same logs; whatever is killed, no half file has its name."""

import resource
import signal
import subprocess
from pathlib import Path

import pyarrow.compute as pa_compute
import pytest

from protocol.program.failpoint import VARIABLE
from tests.depth import the_first
from tests.end_to_end.processes import ROOT, command, environment, finish, until
from tests.reference import reference_logs
from zreplay import read

SAMPLE = ROOT / "fixtures" / "historical_sample.csv"
KINDS = (".parquet", ".csv", ".csv.gz", ".csv.zst")
RENAMES = ("convert.before_rename", "convert.after_rename")
SPLITS = {"days": ("--split", "day"), "tickers": ("--split", "ticker")}


def logs_of(out: Path, *files: object) -> tuple[bytes, bytes]:
    done = finish("zreplay", "run", *files, "--speed", "max", "--out", out)
    assert 0 == done.returncode, done.stderr
    return (out / "mid_prices.log").read_bytes(), (out / "errors.log").read_bytes()


@pytest.mark.parametrize("split", ["", "day"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_run_of_it_gives_the_logs_of_the_original(tmp_path: Path, kind: str, split: str) -> None:
    to = tmp_path / f"out{kind}"
    options = ("--split", split) if split else ()
    done = finish("zreplay", "convert", SAMPLE, "--to", to, *options)
    assert (0, "") == (done.returncode, done.stderr)

    files = sorted(to.glob(f"*{kind}")) if split else [to]
    assert reference_logs([SAMPLE])[:2] == logs_of(tmp_path / "logs", *files)


def test_standard_input_is_converted(tmp_path: Path) -> None:
    with SAMPLE.open("rb") as file:
        done = subprocess.run(
            command("zreplay", "convert", "-", "--to", tmp_path / "out.csv"),
            stdin=file,
            capture_output=True,
            env=environment(),
            timeout=60,
        )
    assert 0 == done.returncode

    assert reference_logs([SAMPLE])[:2] == logs_of(tmp_path / "logs", tmp_path / "out.csv")


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a recording that is written in several parts: the sample 15 times, a day apart."""
    path = tmp_path_factory.mktemp("large") / "large.csv"
    header, _, rows = SAMPLE.read_text().partition("\n")
    assert "2026-01-15" in rows
    days = (f"2026-02-{day:02d}" for day in range(1, 16))
    parts = (rows.replace("2026-01-15", day).replace("2026-01-16", day) for day in days)
    path.write_text(f"{header}\n{''.join(parts)}")
    return path


@pytest.mark.parametrize("point", [*(f"convert.write:{n}" for n in (1, 2)), *RENAMES])
@pytest.mark.parametrize("to", the_first(2, ["out.parquet", "days", "out.csv.gz", "tickers"]))
def test_one_that_is_killed_leaves_no_half_file_and_the_next_writes_it(
    tmp_path: Path, large: Path, to: str, point: str
) -> None:
    out = tmp_path / to
    arguments = ("convert", large, "--to", out, *SPLITS.get(to, ()))
    killed = finish("zreplay", *arguments, **{VARIABLE: point})
    is_whole = point == "convert.after_rename"
    assert (-signal.SIGKILL, is_whole) == (killed.returncode, out.exists())
    assert 0 == finish("zreplay", *arguments, *["--force"][:is_whole]).returncode

    assert {to} == {each.name for each in tmp_path.iterdir()}
    files = sorted(out.glob("*.parquet")) if out.is_dir() else [out]
    assert columns_of(large) == columns_of(*files)


def columns_of(*files: Path) -> list[bytes]:
    """Return what a run would send, each ticker in its order."""
    table = read(*files).read_all()
    table = table.take(pa_compute.sort_indices(table["ticker"]))  # which is stable
    return [column.combine_chunks().buffers()[-1].to_pybytes() for column in table.combine_chunks()]


@pytest.mark.parametrize("point", ["convert.write:2", "convert.between_renames", *RENAMES])
@pytest.mark.parametrize("to", ["out.parquet", "days"])
def test_one_that_is_killed_while_it_replaces_another_leaves_that_or_itself(
    tmp_path: Path, large: Path, to: str, point: str
) -> None:
    out = tmp_path / to
    arguments = ("convert", "--to", out, *SPLITS.get(to, ()))
    assert 0 == finish("zreplay", *arguments, SAMPLE).returncode
    before = contents(out)
    killed = finish("zreplay", *arguments, large, "--force", **{VARIABLE: point})
    has_point = to == "days" or point != "convert.between_renames"
    assert (-signal.SIGKILL if has_point else 0) == killed.returncode
    again = finish("zreplay", *arguments, large)

    # A folder that was away for a moment is back with the next call.
    assert (2, True) == (again.returncode, "is there already" in again.stderr)
    is_new = point == "convert.after_rename" or not has_point
    assert (is_new, {to}) == (before != contents(out), {each.name for each in tmp_path.iterdir()})


def contents(out: Path) -> dict[str, bytes]:
    files = out.iterdir() if out.is_dir() else [out]
    return {file.name: file.read_bytes() for file in files}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_130_and_leaves_nothing(tmp_path: Path, number: int) -> None:
    out = tmp_path / "new" / "out.csv"
    with subprocess.Popen(
        command("zreplay", "convert", "-", "--to", out),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment(),
    ) as process:
        try:
            until((out.parent / ".out.csv.part").exists, "the file that is written beside")
            process.send_signal(number)
            process.wait(60)  # nothing was piped in yet
        finally:
            process.kill()
        assert process.stdout is not None
        printed = process.stdout.read()

    assert (130, []) == (process.returncode, list(out.parent.iterdir()))
    assert b"was not written" in printed


@pytest.mark.parametrize("to", ["out.parquet", "out.csv", "tickers"])
def test_a_full_disk_is_an_error_and_nothing_stays(tmp_path: Path, large: Path, to: str) -> None:
    out = tmp_path / "new" / to
    arguments = ("convert", large, "--to", out, *SPLITS.get(to, ()))
    full = finish("zreplay", *arguments, **{VARIABLE: "convert.write:2:ENOSPC"})
    assert (6, []) == (full.returncode, list(out.parent.iterdir()))
    assert f"error Z607: cannot write {out}: No space left on device" in full.stderr

    # And where it is the kernel that says so, in the middle of a write.
    limit = (1_000_000, resource.RLIM_INFINITY)
    done = subprocess.run(
        command("zreplay", *arguments),
        capture_output=True,
        text=True,
        env=environment(),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit),
        timeout=60,
    )
    assert (6, []) == (done.returncode, list(out.parent.iterdir()))
    assert f"cannot write {out}: File too large" in done.stderr
    assert "Traceback" not in done.stderr
