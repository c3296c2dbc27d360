"""A backfill on a cluster that speaks TLS: the bytes of `run`, and nobody without a certificate."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.end_to_end.dask_cluster import dask_processes, needs_distributed, new_certificates
from tests.end_to_end.hosts import Hosts
from tests.end_to_end.processes import command, environment, until
from tests.end_to_end.test_backfill import markers
from tests.end_to_end.test_backfill_chaos import days_in
from tests.end_to_end.test_hosts import five  # noqa: F401  # a fixture
from zreplay.backfilling.certificates import Certificates

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

PATIENCE_SECONDS = 250


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Path], list[bytes]]:
    needs_distributed()
    return days_in(tmp_path_factory.mktemp("days"))


@pytest.fixture
def ours(tmp_path: Path) -> Certificates:
    return new_certificates(tmp_path / "ours")


@pytest.fixture
def others(tmp_path: Path) -> Certificates:
    return new_certificates(tmp_path / "others")


def backfilled(
    files: list[Path],
    out: Path,
    scheduler: object,
    tls: Certificates | None,
    inside: Sequence[str] = (),
) -> "subprocess.CompletedProcess[str]":
    asked: list[object] = [*files, "--out", out, "--scheduler", scheduler]
    if tls is not None:
        asked += ["--tls-ca", tls.authority, "--tls-cert", tls.ours, "--tls-key", tls.key]
    return subprocess.run(
        [*inside, *command("zreplay", "backfill", *asked)],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        env=environment(),
    )


def written(out: Path) -> list[bytes]:
    return [(out / name).read_bytes() for name in ("mid_prices.log", "errors.log")]


def test_the_logs_are_those_of_a_run_and_who_has_other_certificates_is_refused_by_name(
    days: tuple[list[Path], list[bytes]], ours: Certificates, others: Certificates, tmp_path: Path
) -> None:
    files, expected = days
    out = tmp_path / "out"
    with dask_processes(tmp_path / "dask", tls=ours) as cluster:
        cluster.add_worker()
        cluster.add_worker(tls=others)
        until(lambda: "certificate verify failed" in cluster.told(), "the other worker to be told")
        unknown = backfilled(files, out, cluster.file, ours._replace(authority=others.authority))
        refused = backfilled(files, out, cluster.file, others._replace(authority=ours.authority))
        plain = backfilled(files, out, cluster.address.replace("tls://", "tcp://"), None)
        assert ([3, 3, 3], {}) == ([e.returncode for e in (unknown, refused, plain)], markers(out))

        done = backfilled(files, out, cluster.file, ours)

    assert (0, expected) == (done.returncode, written(out)), done.stderr
    assert f"is not signed by {others.authority}" in unknown.stderr
    assert f"does not take {others.ours}" in refused.stderr
    assert "is at tls://" in plain.stderr


def test_a_scheduler_without_certificates_is_told_from_one_with_others(
    days: tuple[list[Path], list[bytes]], ours: Certificates, tmp_path: Path
) -> None:
    with dask_processes(tmp_path / "dask") as cluster:
        address = cluster.address.replace("tcp://", "tls://")

        done = backfilled(days[0], tmp_path / "out", address, ours)

    assert (3, True) == (done.returncode, "it does not speak TLS" in done.stderr), done.stderr


def test_scheduler_workers_and_command_on_hosts_of_their_own_give_the_logs_of_a_run(
    days: tuple[list[Path], list[bytes]],
    ours: Certificates,
    five: Hosts,  # noqa: F811
    tmp_path: Path,
) -> None:
    files, expected = days
    out = tmp_path / "far"
    head = five.hosts["sink"]
    place = tmp_path / "dask"
    with dask_processes(place, tls=ours, host=head.address, inside=head.run()) as cluster:
        workers = [five.hosts[name] for name in ("worker-1", "worker-2")]
        for worker in workers:
            cluster.add_worker(inside=worker.run())
        asked = cluster.file, ours, five.hosts["operator"].run()
        until(lambda: all(worker.connections() for worker in workers), "the workers to connect")
        assert f"tls://{head.address}:" in cluster.address

        done = backfilled(files, out, *asked)

    assert (0, expected) == (done.returncode, written(out)), done.stderr
