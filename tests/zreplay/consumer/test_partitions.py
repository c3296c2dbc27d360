"""`zreplay.partitions`: windows that are read anywhere, until all of them are proven."""

import gzip
import pickle
from pathlib import Path

import pytest

import zreplay
from protocol.errors import InputError, SettingsError
from tests.reference import time_text
from tests.zreplay.backfilling.recordings import HEADER
from zreplay.consumer.partitions import Partitions

DAY_S = 86_400


def file_of(path: Path, rows: list[tuple[int, int]]) -> Path:
    """Write quotes of these seconds, each with a latency in seconds."""
    lines = (f"{time_text(at * 10**9)},{late * 1000},A,{at},{at},1,1\n" for at, late in rows)
    path.write_bytes(gzip.compress((HEADER + "".join(lines)).encode()))
    return path


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    """Give two days; the first has a quote that arrives late on the second."""
    first = [(at, 0) for at in range(0, 100)] + [(100, DAY_S + 500)]
    second = [(DAY_S + at, 0) for at in range(0, 1000)]
    return [file_of(tmp_path / "1.csv.gz", first), file_of(tmp_path / "2.csv.gz", second)]


def expected(paths: list[Path]) -> list[float]:
    return [bid for batch in zreplay.read(*paths) for bid in batch["bid_price"].to_pylist()]


def read_all(plan: Partitions) -> tuple[list[float], list[int]]:
    """Return the bids of all partitions, and the numbers of those that were read."""
    bids: dict[int, list[float]] = {}
    read = []
    while todo := plan.left():
        for partition in pickle.loads(pickle.dumps(todo)):
            batches = list(partition.read())
            bids[partition.number] = [
                bid for batch in batches for bid in batch["bid_price"].to_pylist()
            ]
            plan.add(pickle.loads(pickle.dumps(partition.report)))
            read.append(partition.number)
    return [bid for number in sorted(bids) for bid in bids[number]], read


def test_together_they_are_one_reading_and_a_stray_has_its_window_read_again(
    paths: list[Path],
) -> None:
    plan = zreplay.partitions(*paths)

    bids, read = read_all(plan)

    assert (2, [0, 1, 1]) == (len(plan), read)
    assert expected(paths) == bids


def test_a_partition_has_its_window_and_no_report_before_it_was_read(paths: list[Path]) -> None:
    plan = zreplay.partitions(*paths)

    assert (None, plan[1].window.start_ns) == (plan[0].window.start_ns, plan[0].window.end_ns)
    with pytest.raises(SettingsError, match="not read to its end"):
        _ = plan[0].report


def test_a_row_that_is_no_quote_is_never_left_out_silently(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"{HEADER}1970-01-01 00:00:00,5,A,1,1,1,1\nbad\n")
    (partition,) = zreplay.partitions(path).left()
    rejected: list[object] = []

    with pytest.raises(InputError, match="on_rejected"):
        list(partition.read())
    assert 1 == sum(batch.num_rows for batch in partition.read(rejected.append))
    assert (1, 1) == (len(rejected), partition.report.counts.rejected)


def test_files_that_have_changed_are_not_proven(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"{HEADER}1970-01-01 00:00:00,5,A,1,1,1,1\n")
    plan = zreplay.partitions(path)
    (partition,) = plan.left()
    list(partition.read())
    plan.add(partition.report)
    path.write_text(f"{HEADER}1970-01-01 00:00:00,5,B,1,1,1,1\n\n")

    with pytest.raises(InputError, match="changed"):
        plan.left()


def test_one_that_is_another_file_where_a_partition_is_read_is_not_read(paths: list[Path]) -> None:
    plan = zreplay.partitions(*paths)
    _, second = plan.left()
    whole = paths[1].read_bytes()
    paths[1].write_bytes(whole[:-20])  # it is still being copied to that machine

    with pytest.raises(InputError, match="2.csv.gz: on .* it is another file than") as found:
        list(second.read())
    assert found.value.may_pass
    paths[1].write_bytes(whole)
    assert 1 <= sum(batch.num_rows for batch in second.read())
