"""A backfill with real processes: the bytes of `run`, whatever is killed and wherever."""

import gzip
import json
import os
import signal
from pathlib import Path

import pytest

from protocol.program.failpoint import VARIABLE
from tests.end_to_end.processes import ROOT, finish, start, until

SAMPLE = ROOT / "fixtures" / "historical_sample.csv"
LOGS = ("mid_prices.log", "errors.log", "rejected.log")


def day_text(day: int) -> tuple[str, str]:
    header, _, rows = SAMPLE.read_text().partition("\n")
    name = f"2026-02-{day:02d}"
    return header, rows.replace("2026-01-15", name).replace("2026-01-16", name)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Give two days in a file that can be cut, with a bad row in each, and two that cannot."""
    folder = tmp_path_factory.mktemp("files")
    header, first = day_text(1)
    plain = folder / "plain.csv"
    plain.write_text(f"{header}\n{first}nonsense\n{day_text(2)[1]}nonsense\n")
    days = []
    for day in (2, 3):
        days.append(folder / f"{day}.csv.gz")
        days[-1].write_bytes(gzip.compress(f"{header}\n{day_text(day)[1]}".encode(), 1))
    (folder / "holiday.csv.gz").write_bytes(gzip.compress(b""))
    return [plain, *days]


@pytest.fixture(scope="module")
def expected(files: list[Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    out = tmp_path_factory.mktemp("run") / "run"
    assert 1 == finish("zreplay", "run", *files, "--speed", "max", "--out", out).returncode
    return logs(out)


def logs(out: Path) -> dict[str, bytes]:
    found = {name: (out / name).read_bytes() for name in LOGS if (out / name).exists()}
    if "rejected.log" in found:
        lines = found["rejected.log"].splitlines(keepends=True)
        found["rejected.log"] = b"".join(sorted(lines, key=place))
    return found


def place(line: bytes) -> tuple[str, int]:
    row = json.loads(line)
    return row["file"], row["offset"]


def markers(out: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in (out / "done").glob("*.json")}


@pytest.mark.parametrize("which", [slice(0, 1), slice(0, 3), slice(1, 3)])
def test_the_logs_are_those_of_a_run(files: list[Path], which: slice, tmp_path: Path) -> None:
    run = finish("zreplay", "run", *files[which], "--speed", "max", "--out", tmp_path / "run")
    out = tmp_path / "out"

    done = finish("zreplay", "backfill", *files[which], "--out", out, "--window-mib", "1", "--json")

    assert (run.returncode, done.returncode) == (done.returncode, 0 if which.start else 1)
    assert logs(tmp_path / "run") == logs(out)
    assert json.loads(done.stdout)["windows"] > 1
    assert 0 == finish("zreplay", "backfill", "--out", out, "--check").returncode


@pytest.mark.parametrize(
    "asked", [("--latency", "scale:2", "--stamp", "arrival"), ("--tickers", "B*")]
)
def test_files_of_every_kind_have_the_lines_of_a_run(
    asked: tuple[str, ...], files: list[Path], tmp_path: Path
) -> None:
    kinds = ("a.parquet", "b.csv.zst")
    for name, path in zip(kinds, files[1:], strict=True):
        assert 0 == finish("zreplay", "convert", path, "--to", tmp_path / name).returncode
    read = [files[0], *(tmp_path / name for name in kinds)]
    run = finish("zreplay", "run", *read, *asked, "--speed", "max", "--out", tmp_path / "run")

    done = finish("zreplay", "backfill", *read, *asked, "--out", tmp_path / "out")

    assert (1, 1) == (run.returncode, done.returncode)
    assert logs(tmp_path / "run") == logs(tmp_path / "out")


def test_without_the_compiled_parts_the_bytes_are_the_same(
    files: list[Path], expected: dict[str, bytes], tmp_path: Path
) -> None:
    out = tmp_path / "out"

    done = finish("zreplay", "backfill", *files, "--out", out, ZREPLAY_PURE="1")

    assert (1, expected) == (done.returncode, logs(out))


def test_an_empty_gz_is_a_day_without_data(
    files: list[Path], expected: dict[str, bytes], tmp_path: Path
) -> None:
    holiday = files[0].with_name("holiday.csv.gz")

    done = finish("zreplay", "backfill", *files, holiday, "--out", tmp_path / "out", "--json")

    assert expected == logs(tmp_path / "out")
    assert 1 == json.loads(done.stdout)["days_without_data"]


@pytest.mark.parametrize("point", ["before_part", "after_part", "before_logs"])
def test_the_same_command_goes_on_after_a_kill(
    point: str, files: list[Path], expected: dict[str, bytes], tmp_path: Path
) -> None:
    command = ("backfill", *files, "--out", tmp_path / "out", "--workers", "2", "--window-mib", "1")
    killed = finish("zreplay", *command, **{VARIABLE: f"backfill.{point}:1-1000000"})
    assert {"before_logs": -signal.SIGKILL}.get(point, 4) == killed.returncode
    assert not (tmp_path / "out" / LOGS[0]).exists()
    before = markers(tmp_path / "out")

    done = finish("zreplay", *command)

    assert (1, expected) == (done.returncode, logs(tmp_path / "out"))
    after = markers(tmp_path / "out")
    assert before == {name: after.get(name) for name in before}  # none was written again


@pytest.mark.parametrize("times", ["2", "1-1000000"])
def test_workers_that_die_once_a_part_is_done_only_cost_time(
    times: str, files: list[Path], expected: dict[str, bytes], tmp_path: Path
) -> None:
    command = ("backfill", *files, "--out", tmp_path / "out", "--workers", "1", "--window-mib", "1")

    done = finish("zreplay", *command, **{VARIABLE: f"backfill.after_marker:{times}"})

    assert (1, expected) == (done.returncode, logs(tmp_path / "out"))


def test_its_workers_end_with_it_when_it_is_killed(
    files: list[Path], expected: dict[str, bytes], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    command = ("backfill", *files, "--out", out, "--workers", "2", "--window-mib", "1")
    workers: set[int] = set()
    with start("zreplay", *command) as process:
        until(lambda: workers.update(children_of(process.pid)) or markers(out), "the first marker")
        process.kill()
        process.wait()
    until(lambda: not any(map(is_alive, workers)), "the end of its workers")

    assert workers
    assert 1 == finish("zreplay", *command).returncode
    assert expected == logs(out)


def children_of(pid: int) -> list[int]:
    """Return the processes below one, their children too."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found = {pid}
    for _ in range(3):
        found |= {child for child, parent in parents.items() if parent in found}
    return sorted(found - {pid})


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_one_failed_partition_is_one_line_and_the_rest_goes_on(
    files: list[Path], tmp_path: Path
) -> None:
    header, rows = day_text(9)
    torn = tmp_path / "torn.csv.gz"
    text = f"{header}\n{rows}{day_text(10)[1]}"
    torn.write_bytes(gzip.compress(text.encode(), 1)[:-100])
    out = tmp_path / "out"

    done = finish("zreplay", "backfill", files[1], torn, "--out", out)

    lines = [line for line in done.stderr.splitlines() if line.startswith("error ")]
    assert (4, 1) == (done.returncode, len(lines))
    assert "error Z408: partition 1 (" in lines[0]
    assert str(torn) in lines[0]
    assert 1 == len(markers(out))
    assert not (out / LOGS[0]).exists()


def test_partitions_run_one_by_one_are_joined_by_the_last_command(
    files: list[Path], expected: dict[str, bytes], tmp_path: Path
) -> None:
    command = ("backfill", *files, "--out", tmp_path / "out", "--window-mib", "1")
    plan = finish("zreplay", *command, "--plan")
    windows = int(plan.stdout.split("windows")[1].split()[0])
    assert not (tmp_path / "out").exists()

    for number in range(windows):
        assert 0 == finish("zreplay", *command, "--partition", number).returncode
    done = finish("zreplay", *command, "--json")

    assert (0, windows) == (json.loads(done.stdout)["ran"], json.loads(done.stdout)["windows"])
    assert expected == logs(tmp_path / "out")


@pytest.mark.parametrize("asked", [("--limit", "5"), ("--loop",), ("-",), ("--live", "ws://a")])
def test_what_has_no_parts_is_refused(asked: tuple[str, ...], tmp_path: Path) -> None:
    done = finish("zreplay", "backfill", SAMPLE, *asked, "--out", tmp_path / "out")

    assert (2, False) == (done.returncode, (tmp_path / "out").exists())


def test_the_folder_of_a_run_is_left_alone(tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert 0 == finish("zreplay", "run", SAMPLE, "--speed", "max", "--out", out).returncode
    before = os.listdir(out)

    assert 6 == finish("zreplay", "backfill", SAMPLE, "--out", out).returncode
    assert before == os.listdir(out)
