"""The operator sees each worker that delivers, and its time per batch."""

import pytest
from msgspec.structs import replace

from protocol.messages import WorkerReport
from protocol.program_version import PROGRAM_VERSION
from tests.zmid.fakes import result
from zmid.worker_counts import BUSY_BATCHES, MAX_WORKERS, REPORTED_WORKERS, WorkerCounts


def counted(*busy_ns: int) -> WorkerReport:
    counts = WorkerCounts()
    for busy in busy_ns:
        counts.add(replace(result(0, 2), worker="w", busy_ns=busy), 7)
    return counts.rows(10)[0]


def test_quotes_and_busy_time_add_up_and_it_was_seen_so_long_ago() -> None:
    assert WorkerReport("w", 4, 30, 3, 20, PROGRAM_VERSION) == counted(10, 20)


@pytest.mark.parametrize(
    ("busy_ns", "p99"), [((5,), 5), ((1,) * 99 + (9,), 1), ((1,) * 98 + (9, 9), 9)]
)
def test_99_of_100_batches_take_no_longer(busy_ns: tuple[int, ...], p99: int) -> None:
    assert p99 == counted(*busy_ns).busy_p99_ns


def test_only_the_last_batches_say_how_long_a_batch_takes() -> None:
    assert 1 == counted(*(9,) * 50, *(1,) * BUSY_BATCHES).busy_p99_ns


def test_the_workers_that_were_seen_last_are_remembered() -> None:
    counts = WorkerCounts()
    for number in range(MAX_WORKERS + 1):
        counts.add(replace(result(0, 1), worker=f"w{number:04}"), number)
    rows = counts.rows(MAX_WORKERS)

    assert [f"w{MAX_WORKERS - row.seen_ago_ns:04}" for row in rows] == [row.worker for row in rows]
    assert (REPORTED_WORKERS, f"w{MAX_WORKERS:04}") == (len(rows), rows[-1].worker)
