"""Days as vendors and accidents make them, on a pool and on a cluster: the bytes of `run`."""

import gzip
import json
import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.end_to_end.dask_cluster import dask_processes, needs_distributed
from tests.end_to_end.processes import command, environment, start, until
from tests.end_to_end.test_backfill import logs, markers
from tests.reference import time_text

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

HEADER = "timestamp,latency,ticker,ask_price,bid_price,ask_amount,bid_amount\n"
BEGIN_NS = 1_759_276_800 * 10**9
MS, HOUR, DAY = 10**6, 3_600 * 10**9, 86_400 * 10**9
SYMBOLS = 500
PATIENCE_SECONDS = 250


class Trial(NamedTuple):
    files: list[Path]
    expected: dict[str, bytes]


def row(at_ns: int, latency_ms: int, ticker: str, price: int) -> str:
    return f"{time_text(BEGIN_NS + at_ns)},{latency_ms},{ticker},{price + 1},{price},1,1\n"


def rows_of(chance: random.Random, first_ns: int, last_ns: int, count: int, ticker: str) -> str:
    """Return rows at whole seconds, so that many arrive with those of other files."""
    seconds = sorted(chance.randrange(first_ns // 10**9, last_ns // 10**9) for _ in range(count))
    return "".join(
        row(at * 10**9, chance.choice([0, 0, 15, 1000]), ticker, chance.randint(90, 110))
        for at in seconds
    )


def packed(path: Path, text: str) -> Path:
    path.write_bytes(gzip.compress((HEADER + text if text else "").encode(), 1))
    return path


def all_days(folder: Path) -> list[Path]:
    """Write days, a week among them, and a day of each of many symbols."""
    chance = random.Random(7)
    files = []
    for day in range(4):
        first_ns, last_ns = day * DAY, (day + 1) * DAY
        text = rows_of(chance, first_ns, last_ns, 400, "DAYS")
        # Received an hour after midnight; and one that stands an hour too late in its file.
        text += row(last_ns - 1, HOUR // MS, "DAYS", 100)
        text += row(last_ns - HOUR, 0, "DAYS", 101)
        if day == 1:  # as of a clock that was set wrong, and what is no quote
            text += row(last_ns + 30 * DAY, 0, "DAYS", 102) + "nonsense\n"
        text += row(last_ns - 1, 3, "DAYS", 103)
        files.append(packed(folder / f"day-{day}.csv.gz", text))
    files.append(packed(folder / "holiday.csv.gz", ""))
    week = rows_of(chance, 0, 4 * DAY, 900, "WEEK")
    files.insert(2, packed(folder / "week.csv.gz", week))
    for symbol in range(SYMBOLS):
        text = rows_of(chance, 2 * DAY, 3 * DAY, 12, f"S{symbol:03d}")
        files.append(packed(folder / f"symbol-{symbol:03d}.csv.gz", text))
    return files


def ran(name: str, *words: object) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command("zreplay", name, *words),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        env=environment(),
    )


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    files = all_days(tmp_path_factory.mktemp("days"))
    out = tmp_path_factory.mktemp("run") / "run"
    done = ran("run", *files, "--speed", "max", "--late", "reject", "--out", out)
    assert 1 == done.returncode, done.stderr
    found = logs(out)
    codes = {json.loads(line)["code"] for line in found["rejected.log"].splitlines()}
    assert len(codes) >= 2  # a late one, and what is no quote
    return Trial(files, found)


def judge(trial: Trial, done: "subprocess.CompletedProcess[str]", out: Path) -> None:
    assert (1, trial.expected) == (done.returncode, logs(out)), done.stderr
    found = json.loads(done.stdout)
    assert (1, True) == (found["days_without_data"], found["windows"] >= 4)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_pool_gives_the_logs_of_a_run(workers: int, trial: Trial, tmp_path: Path) -> None:
    own = ("--late", "reject", "--workers", workers, "--out", tmp_path / "out", "--json")

    judge(trial, ran("backfill", *trial.files, *own), tmp_path / "out")


@pytest.mark.parametrize("workers", [1, 2])
def test_a_cluster_gives_the_logs_of_a_run(workers: int, trial: Trial, tmp_path: Path) -> None:
    needs_distributed()
    with dask_processes(tmp_path / "dask") as cluster:
        for _ in range(workers):
            cluster.add_worker()
        own = ("--late", "reject", "--scheduler", cluster.file, "--out", tmp_path / "out", "--json")

        judge(trial, ran("backfill", *trial.files, *own), tmp_path / "out")


def test_a_file_that_is_cut_short_fails_what_it_is_read_for_and_once_it_is_whole_the_rest_is_done(
    trial: Trial, tmp_path: Path
) -> None:
    torn = tmp_path / "day-3.csv.gz"
    whole = trial.files[4]
    assert torn.name == whole.name
    torn.write_bytes(whole.read_bytes()[:-50])
    files = [torn if path == whole else path for path in trial.files]
    asked = (*files, "--late", "reject", "--out", tmp_path / "out", "--json")

    failed = ran("backfill", *asked)
    before = markers(tmp_path / "out")
    torn.write_bytes(whole.read_bytes())
    done = ran("backfill", *asked)

    assert (4, 1, False) == (
        failed.returncode,
        failed.stderr.count("error Z408: partition "),
        json.loads(failed.stdout)["is_complete"],
    )
    found, expected = logs(tmp_path / "out"), trial.expected
    assert (1, expected["mid_prices.log"]) == (done.returncode, found["mid_prices.log"])
    assert expected["errors.log"] == found["errors.log"]
    whose = (bytes(tmp_path), bytes(whole.parent))
    assert sorted(expected["rejected.log"].splitlines()) == sorted(
        found["rejected.log"].replace(*whose).splitlines()
    )
    after = markers(tmp_path / "out")
    assert before == {name: after.get(name, since) for name, since in before.items()}


def test_a_command_that_is_interrupted_ends_and_goes_on_where_it_was(
    trial: Trial, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    asked = (*trial.files, "--late", "reject", "--workers", "1", "--out", out, "--json")
    with start("zreplay", "backfill", *asked) as process:
        until(lambda: markers(out), "the first marker")
        process.send_signal(signal.SIGINT)
        assert 130 == process.wait(timeout=PATIENCE_SECONDS)
    before = markers(out)
    assert not (out / "mid_prices.log").exists()

    judge(trial, ran("backfill", *asked), out)

    # None was written again; those that lacked a late row have another name.
    after = markers(out)
    assert before == {name: after.get(name, since) for name, since in before.items()}


SCRIPT = """
import sys

import pyarrow as pa

import zreplay


def count(batches, window):
    if window.number == 1:
        raise ValueError("no such thing")
    yield pa.record_batch({"quotes": [sum(batch.num_rows for batch in batches)]})


if __name__ == "__main__":
    EXECUTOR
    try:
        found = zreplay.backfill(
            *sys.argv[2:], out=sys.argv[1], function=count, late="reject", **more
        )
        print(found["quotes"])
    except zreplay.ZreplayError as error:
        print(error.code, error.what)
"""
EXECUTORS = {
    "a pool": "more = {'workers': 2}",
    "a cluster": (
        "import distributed; client = distributed.Client(n_workers=2, threads_per_worker=1,"
        " dashboard_address=None); more = {'executor': client.get_executor(pure=False)}"
    ),
}


@pytest.mark.parametrize("where", EXECUTORS)
def test_a_function_that_raises_on_one_window_fails_it_alone_and_by_its_line(
    where: str, trial: Trial, tmp_path: Path
) -> None:
    if where == "a cluster":
        needs_distributed()
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.replace("EXECUTOR", EXECUTORS[where]))
    days = [path for path in trial.files if "day-" in path.name]

    done = subprocess.run(
        [sys.executable, script, tmp_path / "out", *days[:1], *days[2:]],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        env=environment(),
        cwd=tmp_path,
        check=False,
    )

    assert "Z801 1 of 3 partitions failed, the others are done; partition 1: " in done.stdout
    assert "count raised ValueError: no such thing (line 11 of " in done.stdout
    assert 2 == len(markers(tmp_path / "out"))
