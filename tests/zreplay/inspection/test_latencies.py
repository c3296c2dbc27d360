"""Percentiles are within their promise, bins and shares are exact."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import force_setattr

from tests.zreplay.example_quotes import make_block
from zreplay.inspection.latencies import Latencies
from zreplay.inspection.report import Latency
from zreplay.quotes.block import Block

LATENCIES_NS = st.lists(
    st.integers(-(10**12), 10**12) | st.integers(-3, 3) | st.sampled_from((2**62, -(2**62))),
    min_size=1,
    max_size=60,
)


def block_of(latencies_ns: list[int]) -> Block:
    block = make_block([0] * len(latencies_ns))
    force_setattr(block, "timestamp_ns", -np.array(latencies_ns, dtype=np.int64))
    force_setattr(block, "latency_ms", np.array(latencies_ns) / 1e6)
    return block


def report_of(*blocks: list[int], threshold_ms: float = 20.0) -> Latency:
    latencies = Latencies(threshold_ms)
    for block in blocks:
        latencies.add(block_of(block))
    report = latencies.report()
    assert report is not None
    return report


@given(LATENCIES_NS)
def test_a_percentile_is_right_within_half_a_thousandth(latencies_ns: list[int]) -> None:
    report = report_of(latencies_ns)

    ranked = sorted(latencies_ns)
    for percent in (1, 50, 90, 99):
        exact_ms = ranked[-(-len(ranked) * percent // 100) - 1] / 1e6
        # Below two nanoseconds all are one bucket.
        assert report.percentiles_ms[f"p{percent}"] == pytest.approx(exact_ms, rel=5e-4, abs=2e-6)


@given(LATENCIES_NS)
def test_every_row_is_in_the_one_bin_whose_edges_hold_it(latencies_ns: list[int]) -> None:
    report = report_of(latencies_ns)

    assert len(latencies_ns) == sum(entry.rows for entry in report.histogram)
    assert sum(time_ns < 0 for time_ns in latencies_ns) == report.histogram[0].rows
    for entry in report.histogram[2:]:
        least_ns = round((entry.from_ms or 0) * 1e6)
        most_ns = round(entry.to_ms * 1e6) if entry.to_ms is not None else 2**63
        assert sum(least_ns < time_ns <= most_ns for time_ns in latencies_ns) == entry.rows


@given(st.lists(LATENCIES_NS, min_size=1, max_size=4))
def test_how_rows_are_cut_into_blocks_changes_nothing(blocks: list[list[int]]) -> None:
    assert report_of(sum(blocks, [])) == report_of(*blocks)


def test_a_latency_equal_to_the_threshold_is_not_over_it() -> None:
    report = report_of([19_999_999, 20_000_000, 20_000_001], threshold_ms=20.0)

    assert 1 == report.over_threshold
    assert [(20.0, 2), (50.0, 1)] == [
        (entry.to_ms, entry.rows) for entry in report.histogram if entry.rows
    ]


def test_without_a_row_there_is_no_report() -> None:
    assert None is Latencies(20.0).report()
