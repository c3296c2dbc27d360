"""Hundreds and thousands of files in one run: the same bytes, whatever is killed or lost."""

import resource
import subprocess
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from tests.end_to_end.processes import ROOT, command, environment, finish, logs, start, until
from tests.reference import reference_logs

SAMPLE = ROOT / "fixtures" / "historical_sample.csv"
FILES = 300
MANY_FILES = 5_000
MOST_OPEN = 256
STATE = ("checkpoints", "rejected.log", "commands.json")
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
    "harm", [lose_nothing, lose_checkpoints, damage_checkpoints, lose_the_state]
)
def test_a_run_of_300_files_that_is_killed_again_and_again_gives_the_same_bytes(
    tmp_path: Path, split: list[Path], harm: Callable[[Path], None]
) -> None:
    out, dice = tmp_path / "out", Random(f"{harm.__name__}")
    arguments = ("run", *split, "--speed", "6", "--out", out)
    for least_bytes in sorted(dice.randrange(600_000) for _ in range(3)):
        killed_run(arguments, out, least_bytes)
        harm(out)
    done = finish("zreplay", *arguments)

    expected = reference_logs(split)
    assert 1 == done.returncode, done.stderr  # rows were rejected
    assert expected[:2] == logs(out)
    rejected = (out / "rejected.log").read_bytes().splitlines()
    assert expected.rejected == len(rejected) == len(set(rejected))
    is_read_through = harm is not lose_nothing
    assert is_read_through == ("no checkpoint: the files are read through" in done.stderr)


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
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (MOST_OPEN, MOST_OPEN)),
    )

    assert 0 == done.returncode, done.stderr
    assert reference_logs(sorted(tmp_path.glob("*.csv")))[:2] == logs(out)
