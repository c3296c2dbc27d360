"""A few schedules of kills; a hundred run by `scripts/chaos --backfill`."""

import gzip
from pathlib import Path

import pytest

from tests.depth import the_first
from tests.end_to_end.backfill_chaos import on_a_cluster, on_a_pool
from tests.end_to_end.dask_cluster import needs_distributed
from tests.end_to_end.test_backfill import day_text
from tests.reference import reference_logs

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def days_in(folder: Path) -> tuple[list[Path], list[bytes]]:
    """Write five days, a packed file each; return them with the logs of one reading."""
    packed, plain = [], []
    for day in range(1, 6):
        header, rows = day_text(day)
        packed.append(folder / f"{day}.csv.gz")
        plain.append(folder / f"{day}.csv")
        plain[-1].write_text(f"{header}\n{rows}")
        packed[-1].write_bytes(gzip.compress(plain[-1].read_bytes(), 1))
    return packed, [*reference_logs(plain)[:2]]


@pytest.mark.parametrize("seed", the_first(1, range(3)))
def test_no_schedule_of_kills_changes_a_byte(seed: int, tmp_path: Path) -> None:
    assert on_a_pool(*days_in(tmp_path), tmp_path, seed).is_good


@pytest.mark.parametrize("seed", the_first(1, range(2)))
def test_no_schedule_of_kills_on_a_cluster_changes_a_byte(seed: int, tmp_path: Path) -> None:
    needs_distributed()

    assert on_a_cluster(*days_in(tmp_path), tmp_path, seed).is_good
