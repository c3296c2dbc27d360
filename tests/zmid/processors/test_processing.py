"""A batch has one result, or several where the outputs do not fit; together they are the same."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import pytest

from protocol import codec
from protocol.errors import ProcessorError
from protocol.messages import Batch, Result
from tests.zmid.processors.recorded import FIRST, batch, loaded
from zmid.mid import mid_lines
from zmid.mid_rule import MidRule
from zmid.processors import processing
from zmid.processors.csv_lines import csv_lines
from zmid.processors.processing import Processing
from zmid.processors.processor import Processor, Text, processor
from zmid.processors.quotes import Quotes

RULE = MidRule(20.0, "exchange")


@processor(Text("bids.csv"))
def bids(quotes: Quotes) -> bytes:
    return csv_lines(quotes.ticker, quotes.bid_price)


@processor(Text("wide.txt"))
def wide(quotes: Quotes) -> bytes:
    return b"".join(b"%d " % record * 30 for record in quotes.record.tolist())


@processor(Text("means.csv"))
def mean(quotes: Quotes) -> bytes:
    return csv_lines(quotes.bid_price - quotes.bid_price.mean())


def made(*processors: Processor, rule: MidRule | None = RULE, **more: Any) -> Processing:
    options: dict[str, Any] = {"timed": lambda *_: nullcontext(), "cut": lambda count: 0}
    return Processing([*map(loaded, processors)], rule, "worker", **options | more)


def joined(results: list[Result]) -> tuple[bytes, bytes, tuple[bytes, ...]]:
    mids, errors = (b"".join(getattr(one, name) for one in results) for name in ("mids", "errors"))
    outputs = zip(*(one.outputs for one in results), strict=True)
    return mids, errors, tuple(map(b"".join, outputs))


def test_a_result_carries_the_lines_of_the_logs_and_each_output_in_order() -> None:
    (result,) = made(bids, wide).results(batch())
    lines = mid_lines(batch(), RULE)

    assert (bytes(lines.mids), lines.skipped) == (bytes(result.mids), result.skipped)
    assert (bids(Quotes.of(batch())), wide(Quotes.of(batch()))) == result.outputs
    assert ["bids", "wide"] == [each.name for each in result.processors]
    assert (FIRST, 6, 0, 0, b"cursor", "worker") == (
        *(result.first, result.count, result.before, result.after, result.cursor, result.worker),
    )
    assert result == codec.decode(codec.encode(result))


def test_without_a_mid_price_there_are_no_lines_and_no_threshold() -> None:
    (result,) = made(bids, rule=None).results(batch())

    assert (None, b"", b"", 0, 0) == (
        *(result.threshold_ms, result.mids, result.errors, result.skipped, result.blank),
    )
    assert (bids(Quotes.of(batch())),) == result.outputs


@pytest.mark.parametrize("most", [400, 500, 700, 1000])
def test_outputs_that_do_not_fit_are_cut_by_rows_and_are_the_same_together(most: int) -> None:
    (whole,) = made(bids, wide).results(batch())
    results = made(bids, wide, max_result_bytes=most).results(batch())

    assert len(results) > 1
    assert joined([whole]) == joined(results)
    assert [FIRST + one.before for one in results] == [one.first for one in results]
    assert {6} == {one.before + one.count + one.after for one in results}
    assert {b"cursor"} == {one.cursor for one in results}
    assert 0 == results[-1].after


def test_a_single_row_that_does_not_fit_is_named_with_its_processor() -> None:
    with pytest.raises(ProcessorError) as caught:
        made(bids, wide, max_result_bytes=160).results(batch())

    assert caught.value.what.startswith("processor wide: the output of record 1000 has ")
    assert "Z805" == caught.value.code


def test_a_batch_with_more_than_can_be_held_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processing, "MAX_BATCH_BYTES", 600)
    with pytest.raises(ProcessorError, match="outputs of records 1000 to 1005 .*wide has most"):
        made(bids, wide, max_result_bytes=400).results(batch())


def test_a_result_of_the_largest_size_fits_a_frame() -> None:
    @processor(Text("large"))
    def large(quotes: Quotes) -> bytes:
        return bytes(processing.MAX_RESULT_BYTES)

    (result,) = made(large, rule=None).results(batch())

    assert result == codec.decode(codec.encode(result))


def test_a_batch_is_checked_where_it_is_told_to_be_cut() -> None:
    assert made(mean).results(batch())
    with pytest.raises(ProcessorError, match="mean is not row-wise.*cut at record 1004"):
        made(mean, cut=lambda count: count - 2).results(batch())


def test_each_call_is_watched_by_name() -> None:
    seen: list[tuple[str, int]] = []

    @contextmanager
    def timed(name: str, watched: Batch) -> Iterator[None]:
        seen.append((name, watched.first))
        yield

    made(bids, wide, timed=timed).results(batch())

    assert [("bids", FIRST), ("wide", FIRST)] == seen
