"""Workers of a cluster that come, go and do not fit; a real one: tests/end_to_end."""

from concurrent.futures import CancelledError, Future
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from protocol.errors import LinkError
from tests.zreplay.backfilling.recordings import rules
from zreplay.backfilling import cluster as module
from zreplay.backfilling.cluster import DaskCluster
from zreplay.backfilling.partition import Task
from zreplay.backfilling.probe import Findings, probe
from zreplay.backfilling.settings import Cluster

S = 10**9
TASK = Task(0, "k", None, None, (), rules())


class Answer:
    """A future of the library: what a probe found, or raised."""

    def __init__(self, found: Findings | Exception) -> None:
        self.found = found
        self.status = "error" if isinstance(found, Exception) else "finished"

    def done(self) -> bool:
        return True

    def exception(self) -> Exception | None:
        return self.found if isinstance(self.found, Exception) else None

    def result(self) -> Findings | Exception:
        return self.found


class FakeClient:
    """A scheduler whose workers are `workers`, and what a probe finds on each."""

    def __init__(self) -> None:
        self.status = "running"
        self.workers: dict[str, Any] = {}
        self.given: list[Any] = []

    def add(self, address: str, found: Findings | Exception, threads: int = 1) -> None:
        self.workers[address] = {"host": address[:1], "nthreads": threads, "found": found}

    def scheduler_info(self) -> dict[str, Any]:
        return {"workers": self.workers}

    def get_executor(self, **options: Any) -> Any:
        assert {"pure": False, "retries": 0} == options
        client = self

        class Given:
            def submit(self, function: Any, *args: Any, **options: Any) -> Future[Any]:
                client.given.append(options["workers"])
                return Future()

            def shutdown(self, wait: bool) -> None:
                pass

        return Given()

    def submit(self, function: Any, *args: Any, workers: list[str], **options: Any) -> Answer:
        return Answer(self.workers[workers[0]]["found"])

    def close(self, timeout: float) -> None:
        self.status = "closed"


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> FakeClient:
    client = FakeClient()
    monkeypatch.setattr(module, "_connected", lambda cluster: client)
    return client


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def engine(client: FakeClient, said: list[str], tmp_path: Path) -> DaskCluster:
    (tmp_path / "a.csv").touch()
    cluster = Cluster("tcp://127.0.0.1:1")
    return DaskCluster(cluster, tmp_path / "a.csv", tmp_path, None, said.append)


@pytest.fixture
def fits(tmp_path: Path) -> Findings:
    (tmp_path / "a.csv").touch()
    return probe(tmp_path / "a.csv", tmp_path, None)


def test_a_worker_gets_tasks_once_it_was_probed(
    engine: DaskCluster, client: FakeClient, fits: Findings
) -> None:
    assert 0 == engine.slots
    client.add("a:1", fits, threads=2)
    client.add("b:1", fits)

    engine.poll(S)

    assert (3, {"a": 2, "b": 1}) == (engine.slots, engine.hosts)
    engine.submit(TASK)
    assert [["a:1", "b:1"]] == client.given


@pytest.mark.parametrize("error", [None, ModuleNotFoundError("no zreplay")])
def test_one_that_does_not_fit_is_refused_once_by_its_name_and_gets_none(
    error: Exception | None,
    engine: DaskCluster,
    client: FakeClient,
    fits: Findings,
    said: list[str],
) -> None:
    client.add("a:1", fits)
    other = replace(fits, versions={**fits.versions, "numpy": "0"})
    client.add("b:1", error or other)

    for second in (1, 2, 3):
        engine.poll(second * S)

    (line,) = said
    assert "worker b:1 on b is refused: " in line
    assert ("numpy 0, here" in line) is (error is None)
    engine.submit(TASK)
    assert [["a:1"]] == client.given


def test_one_that_went_while_it_was_probed_is_probed_again_when_it_is_back(
    engine: DaskCluster, client: FakeClient, fits: Findings, said: list[str]
) -> None:
    client.add("a:1", CancelledError())
    engine.poll(S)
    assert (0, []) == (engine.slots, said)

    client.add("a:1", fits)
    engine.poll(2 * S)

    assert 1 == engine.slots


def test_if_none_fits_it_ends_and_says_why(
    engine: DaskCluster, client: FakeClient, fits: Findings
) -> None:
    client.add("b:1", replace(fits, cannot=("cannot read a.csv",)))
    for second in range(1, 11):
        engine.poll(second * S)  # others may still come

    with pytest.raises(LinkError, match="b:1: cannot read a.csv") as found:
        engine.poll(11 * S)

    assert "Z309" == found.value.code


def test_without_a_worker_it_is_said_after_ten_seconds_and_each_minute(
    engine: DaskCluster, said: list[str]
) -> None:
    for second in range(1, 140):
        engine.poll(second * S)

    assert [
        "the scheduler tcp://127.0.0.1:1 has no workers: start some, this goes on then"
    ] * 3 == (said)


def test_a_task_whose_workers_are_all_gone_is_cancelled(
    engine: DaskCluster, client: FakeClient, fits: Findings
) -> None:
    client.add("a:1", fits)
    engine.poll(S)
    future = engine.submit(TASK)
    client.add("b:1", fits)
    engine.poll(2 * S)
    assert not future.cancelled()

    del client.workers["a:1"]
    engine.poll(3 * S)

    with pytest.raises(CancelledError):
        future.result(timeout=0)
    assert 1 == engine.slots


def test_a_scheduler_that_is_gone_is_looked_for_and_what_was_in_flight_is_lost(
    engine: DaskCluster,
    client: FakeClient,
    fits: Findings,
    said: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client.add("a:1", fits)
    engine.poll(S)
    future = engine.submit(TASK)
    client.status = "connecting"
    again, tries = FakeClient(), [LinkError("not yet")]
    again.add("a:2", fits)

    def connected(cluster: Cluster) -> FakeClient:
        if tries:
            raise tries.pop()
        return again

    monkeypatch.setattr(module, "_connected", connected)
    monkeypatch.setattr(module.time, "sleep", lambda seconds: None)

    engine.poll(2 * S)
    assert (True, 0) == (future.cancelled(), engine.slots)
    engine.poll(3 * S)

    assert (1, True) == (engine.slots, "is gone: looking for it" in said[0])


def test_one_that_does_not_come_back_is_given_up_when_it_is_to_stop(
    engine: DaskCluster, client: FakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def connected(cluster: Cluster) -> FakeClient:
        raise LinkError("gone")

    monkeypatch.setattr(module, "_connected", connected)
    client.status = "connecting"
    engine._is_stopping = lambda: True

    with pytest.raises(LinkError, match="gone"):
        engine.poll(S)
