"""A backfill on a Dask cluster of real processes: the bytes of `run`, whatever is killed."""

import gzip
import json
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from protocol.program.failpoint import VARIABLE
from tests.end_to_end.dask_cluster import dask_processes, needs_distributed
from tests.end_to_end.processes import ROOT, command, environment, finish, start, until
from tests.end_to_end.test_backfill import day_text, logs, markers

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

DAYS = 6
PATIENCE_SECONDS = 250
"""A worker takes seconds to start, and each is started again after its death."""
FEW_DEATHS = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0"}


def backfilled(*arguments: object) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command("zreplay", "backfill", *arguments),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        env=environment(),
    )


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    needs_distributed()
    folder = tmp_path_factory.mktemp("days")
    paths = []
    for day in range(1, DAYS + 1):
        header, rows = day_text(day)
        paths.append(folder / f"{day}.csv.gz")
        paths[-1].write_bytes(gzip.compress(f"{header}\n{rows}".encode(), 1))
    return paths


@pytest.fixture(scope="module")
def expected(files: list[Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    out = tmp_path_factory.mktemp("run") / "run"
    assert 0 == finish("zreplay", "run", *files, "--speed", "max", "--out", out).returncode
    return logs(out)


def test_two_workers_give_the_logs_of_a_run_and_a_second_time_nothing_is_run(
    files: list[Path], expected: dict[str, bytes], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    with dask_processes(tmp_path / "dask") as cluster:
        cluster.add_worker()
        cluster.add_worker()
        asked = (*files, "--out", out, "--json", "--scheduler")

        done, again = backfilled(*asked, cluster.file), backfilled(*asked, cluster.address)

    assert (0, expected) == (done.returncode, logs(out)), done.stderr
    assert [DAYS, 0] == [json.loads(each.stdout)["ran"] for each in (done, again)]


def test_a_worker_of_another_version_is_refused_by_name_and_the_others_go_on(
    files: list[Path], expected: dict[str, bytes], tmp_path: Path
) -> None:
    other = tmp_path / "other"
    for package in ("protocol", "zmid", "zreplay"):
        shutil.copytree(ROOT / package, other / package)
    with (other / "zreplay" / "reading.py").open("a") as file:
        file.write("# another version\n")
    out = tmp_path / "out"
    with dask_processes(tmp_path / "dask") as cluster:
        cluster.add_worker(PYTHONPATH=str(other))
        alone = backfilled(*files, "--out", out, "--scheduler", cluster.file)
        assert (3, {}) == (alone.returncode, markers(out))
        cluster.add_worker()
        done = backfilled(*files, "--out", out, "--scheduler", cluster.file)

    assert "none of the 1 workers can run it: tcp://127.0.0.1:" in alone.stderr
    assert ("of source " in alone.stderr, "Z309" in alone.stderr) == (True, True)
    assert (0, expected) == (done.returncode, logs(out)), done.stderr


def test_a_worker_that_is_killed_costs_time(
    files: list[Path], expected: dict[str, bytes], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    with dask_processes(tmp_path / "dask") as cluster:
        cluster.add_worker()
        cluster.add_worker(**{VARIABLE: "backfill.before_part:1"})  # each time its nanny starts it

        done = backfilled(*files, "--out", out, "--scheduler", cluster.file)

    assert (0, expected) == (done.returncode, logs(out)), done.stderr


def test_a_task_that_kills_its_workers_is_one_line_and_the_rest_goes_on(
    files: list[Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    with dask_processes(tmp_path / "dask", **FEW_DEATHS) as cluster:
        cluster.add_worker(**{VARIABLE: "backfill.before_part:1-1000"})

        done = backfilled(files[0], "--out", out, "--scheduler", cluster.file)

    (line,) = [line for line in done.stderr.splitlines() if line.startswith("error ")]
    assert (4, True) == (done.returncode, line.startswith("error Z701: partition 0 ("))


def test_a_client_and_a_scheduler_that_are_killed_lose_nothing_that_has_its_marker(
    files: list[Path], expected: dict[str, bytes], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    with dask_processes(tmp_path / "dask") as cluster:
        cluster.add_worker()
        asked = ("backfill", *files, "--out", out, "--scheduler", cluster.file)
        with start("zreplay", *asked) as client:
            until(lambda: markers(out), "the first marker")
            client.kill()
        before = markers(out)
        with start("zreplay", *asked, "--json", stderr=subprocess.PIPE) as client:
            # One may be of a task that went on without its client.
            until(lambda: len(markers(out)) > len(before) + 1, "a marker of this client")
            before = markers(out)
            cluster.scheduler.send_signal(signal.SIGKILL)
            cluster.scheduler.wait()
            cluster.start_scheduler()
            cluster.add_worker()
            said, told = client.communicate(timeout=PATIENCE_SECONDS)

    assert (0, expected) == (client.returncode, logs(out)), told
    after = markers(out)
    assert before == {name: after.get(name) for name in before}
    assert json.loads(said)["is_complete"]
