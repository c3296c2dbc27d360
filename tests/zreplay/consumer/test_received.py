"""A batch from the wire is the record batch that `read` gives, and holes between batches count."""

import numpy as np
from msgspec.structs import replace

from protocol.messages import LIVE, Batch, Columns
from zreplay.consumer.received import Receiver
from zreplay.quotes.arrow_batch import SCHEMA


def batch(first: int = 0, count: int = 2, run: bytes = b"r" * 16, latency_ms: float = 5.0) -> Batch:
    wide = (
        np.arange(count),
        np.arange(count) * 1_000_000,
        *(np.full(count, value) for value in (latency_ms, 1.0, 2.5, 2.0, 3.0)),
    )
    columns = Columns.of(
        [column.tobytes() for column in wide],
        ("A", "B"),
        (np.arange(count) % 2).astype("<i4").tobytes(),
    )
    return Batch(run, 1, first, count, 3, "seek", "historical", 1, b"", 0, "", columns)


def test_the_columns_are_those_of_read_and_a_quote_arrives_when_its_latency_has_passed() -> None:
    received = Receiver().received(batch())

    assert SCHEMA == received.quotes.schema
    assert ["A", "B"] == received.quotes["ticker"].to_pylist()
    assert [5_000_000, 6_000_000] == received.quotes["arrival"].cast("int64").to_pylist()
    assert ("historical", 3, "seek", 0, 0, 0) == received[1:]


def test_a_live_quote_arrives_when_it_was_made() -> None:
    received = Receiver().received(replace(batch(latency_ms=np.nan), mode=LIVE))

    assert [0, 1_000_000] == received.quotes["arrival"].cast("int64").to_pylist()


def test_records_that_did_not_come_are_counted() -> None:
    receiver = Receiver()

    missing = [receiver.received(batch(first)).missing for first in (3, 5, 10, 10)]

    assert [3, 0, 3, 0] == missing


def test_records_that_came_before_are_counted_and_what_follows_them_is_new() -> None:
    receiver = Receiver()
    for first in (0, 2, 4):
        receiver.received(batch(first))

    again = [receiver.received(batch(first, count)) for first, count in ((1, 2), (3, 5), (8, 1))]

    assert [(0, 2), (0, 3), (0, 0)] == [(one.missing, one.repeated) for one in again]


def test_what_is_missing_at_the_end_is_a_batch_without_quotes() -> None:
    receiver = Receiver()
    receiver.received(batch(0))
    ended = receiver.ended(b"r" * 16, 10)

    assert ended is not None
    assert (0, SCHEMA) == (ended.quotes.num_rows, ended.quotes.schema)
    assert ("historical", 3, "seek", 10, 8, 0) == ended[1:]


def test_where_nothing_is_missing_at_the_end_nothing_is_said() -> None:
    receiver = Receiver()
    receiver.received(batch(0))

    assert receiver.ended(b"r" * 16, 2) is None


def test_of_another_run_everything_is_missing_at_the_end() -> None:
    receiver = Receiver()
    receiver.received(batch(0))
    ended = receiver.ended(b"s" * 16, 2)

    assert ended is not None
    assert 2 == ended.missing


def test_another_run_begins_at_its_first_record() -> None:
    receiver = Receiver()
    receiver.received(batch(100))

    assert 0 == receiver.received(batch(0, run=b"s" * 16)).missing
