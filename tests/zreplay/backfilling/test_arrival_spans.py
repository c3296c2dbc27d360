"""A few spans hold all arrivals of a piece."""

import numpy as np
import pytest

from zreplay.backfilling import arrival_spans
from zreplay.backfilling.arrival_spans import GAP_NS, ArrivalSpans


def spans_of(*blocks: list[int]) -> list[tuple[int, int]]:
    spans = ArrivalSpans()
    for block in blocks:
        spans.add(np.array(block, np.int64))
    return spans.spans


def test_arrivals_near_one_another_are_one_span_in_whatever_order_they_come() -> None:
    assert [(3, 9)] == spans_of([5, 3], [], [9, 4])


def test_those_far_apart_have_their_own_until_something_lies_between() -> None:
    far, between = 2 * GAP_NS, GAP_NS

    assert [(0, 0), (far, far + 1)] == spans_of([far, 0], [far + 1])
    assert [(0, far)] == spans_of([far, 0], [between])


def test_with_too_many_the_smallest_gap_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrival_spans, "MOST_SPANS", 2)

    assert [(0, 0), (9 * GAP_NS, 11 * GAP_NS)] == spans_of([0, 9 * GAP_NS, 11 * GAP_NS])


def test_the_whole_range_of_instants_does_not_wrap_around() -> None:
    least, greatest = -(2**63), 2**63 - 1

    assert [(least, least), (greatest, greatest)] == spans_of([greatest, least])
