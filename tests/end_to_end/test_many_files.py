"""Hundreds and thousands of files in one run: the same bytes, whatever is killed or lost."""

import gzip
import resource
import subprocess
from collections.abc import Callable
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet
import pytest

from tests.depth import the_first
from tests.end_to_end.processes import ROOT, command, environment, finish, logs, start, until
from tests.reference import reference_logs

SAMPLE = ROOT / "fixtures" / "historical_sample.csv"
FILES = 300
MANY_FILES = 5_000
MOST_OPEN = 256
STATE = ("checkpoints", "rejected.log", "commands.json")
quoteless = pa_csv.WriteOptions(quoting_style="none")
HEADER = "timestamp,ticker,ask_amount,ask_price,bid_price,bid_amount,latency\n"


@pytest.fixture(scope="module")
def split(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Give the rows of the sample in 300 files at random, and some rows that are no quotes."""
    folder, dice = tmp_path_factory.mktemp("split"), Random(3)
    header, *rows = SAMPLE.read_bytes().splitlines(keepends=True)
    contents: list[list[bytes]] = [[header] for _ in range(FILES)]
    for number, row in enumerate(rows):
        file = dice.choice(contents)
        file.append(row)
        if number % 100 == 0:
            file.append(b"this is no quote\n")
    paths = [folder / f"{number:03d}.csv" for number in range(FILES)]
    for path, lines in zip(paths, contents, strict=True):
        path.write_bytes(b"".join(lines))
    return paths


def committed_bytes(out: Path) -> int:
    names = ("mid_prices.log", "errors.log")
    return sum((out / name).stat().st_size for name in names if (out / name).exists())


def killed_run(arguments: tuple[object, ...], out: Path, least_bytes: int) -> None:
    run = start("zreplay", *arguments)
    until(lambda: committed_bytes(out) > least_bytes, "commits")
    run.kill()
    run.communicate()


def lose_nothing(out: Path) -> None:
    pass


def lose_checkpoints(out: Path) -> None:
    (out / "checkpoints").unlink(missing_ok=True)


def damage_checkpoints(out: Path) -> None:
    path = out / "checkpoints"
    path.write_bytes(bytes(byte ^ 1 for byte in path.read_bytes()))


def lose_the_state(out: Path) -> None:
    for name in STATE:
        (out / name).unlink(missing_ok=True)


@pytest.mark.parametrize(
    "harm", the_first(2, [lose_the_state, damage_checkpoints, lose_checkpoints, lose_nothing])
)
def test_a_run_of_300_files_that_is_killed_again_and_again_gives_the_same_bytes(
    tmp_path: Path, split: list[Path], harm: Callable[[Path], None]
) -> None:
    out, dice = tmp_path / "out", Random(f"{harm.__name__}")
    arguments = ("run", *split, "--out", out)
    for least_bytes in sorted(dice.randrange(600_000) for _ in range(3)):
        killed_run((*arguments, "--speed", "2"), out, least_bytes)
        harm(out)
    done = finish("zreplay", *arguments, "--speed", "max")

    expected = reference_logs(split)
    assert 1 == done.returncode, done.stderr  # rows were rejected
    assert expected[:2] == logs(out)
    rejected = (out / "rejected.log").read_bytes().splitlines()
    assert expected.rejected == len(rejected) == len(set(rejected))
    is_read_through = harm is not lose_nothing
    assert is_read_through == ("no checkpoint: the files are read through" in done.stderr)


@pytest.fixture(scope="module")
def uneven(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Give a large file, 500 small ones of the same instants, one of a header alone, and junk."""
    folder = tmp_path_factory.mktemp("uneven")
    large = [quote(number / 100, f"L{number % 7}") for number in range(60_000)]
    large[::50] = [f"{each}no quote\n" for each in large[::50]]
    (folder / "large.csv").write_text(HEADER + "".join(large))
    for number in range(500):
        rows = [quote(number + second / 2, f"S{number}") for second in range(20)]
        if number % 50 == 7:
            rows[3:3] = ["\0\1 no quote\n"]
        (folder / f"{number:03d}.csv").write_text(HEADER + "".join(rows))
    (folder / "header.csv").write_text(HEADER)
    return sorted(folder.glob("*.csv"))


def quote(second: float, ticker: str) -> str:
    minute, second = divmod(second, 60)
    return f"2025-10-02 00:{int(minute):02d}:{second:06.3f},{ticker},1,2,1,1,3\n"


def few_files_open() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (MOST_OPEN, MOST_OPEN))


def test_a_large_file_and_500_small_ones_with_the_same_instants_are_merged_at_few_open_files(
    tmp_path: Path, uneven: list[Path]
) -> None:
    out = tmp_path / "out"
    done = subprocess.run(
        command("zreplay", "run", *uneven, "--speed", "max", "--out", out),
        capture_output=True,
        text=True,
        timeout=120,
        env=environment(),
        preexec_fn=few_files_open,
    )

    assert 1 == done.returncode, done.stderr  # rows were rejected
    expected = reference_logs(uneven)
    assert expected[:2] == logs(out)
    assert 1_210 == expected.rejected
    assert 1_210 == len((out / "rejected.log").read_bytes().splitlines())


@pytest.mark.parametrize("harm", the_first(1, [lose_the_state, lose_nothing]))
def test_where_one_of_many_files_is_damaged_a_killed_run_ends_as_one_that_was_not(
    tmp_path: Path, uneven: list[Path], harm: Callable[[Path], None]
) -> None:
    damaged = tmp_path / "damaged.csv.gz"
    rows = (quote(number / 20, f"D{number % 977}") for number in range(8_000))
    whole = gzip.compress((HEADER + "".join(rows)).encode(), mtime=0)
    damaged.write_bytes(whole[: len(whole) * 3 // 4])
    outs = tmp_path / "at once", tmp_path / "killed"
    arguments = ("run", *uneven, damaged, "--out")
    for least_bytes in (50_000, 400_000):
        killed_run((*arguments, outs[1], "--speed", "20"), outs[1], least_bytes)
        harm(outs[1])
    ends = [finish("zreplay", *arguments, out, "--speed", "max") for out in outs]

    assert [4, 4] == [end.returncode for end in ends], ends[1].stderr
    assert all("damaged.csv.gz" in end.stderr for end in ends)
    assert logs(outs[0]) == logs(outs[1])
    at_once, killed = ((out / "rejected.log").read_bytes().splitlines() for out in outs)
    assert sorted(at_once) == sorted(killed)
    assert 0 < len(at_once) < 1_210  # what stands behind the damage is not among them


def test_5000_files_are_played_one_after_the_other_with_few_of_them_open(tmp_path: Path) -> None:
    for number in range(MANY_FILES):
        hour, minute = divmod(number, 60)
        day, hour = divmod(hour, 24)
        stamp = f"2025-10-{day + 1:02d} {hour:02d}:{minute:02d}"
        rows = (f"{stamp}:{second:02d},T{number},1,2,1,1,3\n" for second in (10, 20))
        (tmp_path / f"{number:04d}.csv").write_text(HEADER + "".join(rows))
    out = tmp_path / "out"
    done = subprocess.run(
        command("zreplay", "run", tmp_path / "*.csv", "--speed", "max", "--out", out),
        capture_output=True,
        text=True,
        timeout=120,
        env=environment(),
        preexec_fn=few_files_open,
    )

    assert 0 == done.returncode, done.stderr
    assert reference_logs(sorted(tmp_path.glob("*.csv")))[:2] == logs(out)


def test_300_parquet_files_that_overlap_are_played_with_few_of_them_open(tmp_path: Path) -> None:
    sample = pa_csv.read_csv(SAMPLE)
    folders = tmp_path / "csv", tmp_path / "parquet"
    for folder in folders:
        folder.mkdir()
    for number in range(FILES):
        part = sample.take(pa.array(range(number, len(sample), FILES)))
        pa_csv.write_csv(part, folders[0] / f"{number:03d}.csv", quoteless)
        pa_parquet.write_table(part, folders[1] / f"{number:03d}.parquet", row_group_size=20)
    out = tmp_path / "out"
    done = subprocess.run(
        command("zreplay", "run", folders[1] / "*.parquet", "--speed", "max", "--out", out),
        capture_output=True,
        text=True,
        timeout=120,
        env=environment(),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (MOST_OPEN, MOST_OPEN)),
    )

    assert 0 == done.returncode, done.stderr
    assert reference_logs(sorted(folders[0].glob("*.csv")))[:2] == logs(out)
