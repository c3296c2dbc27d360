"""What is asked for is what the order of a run asks for, wherever blocks are cut."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from protocol.limits import INT64_MAX, INT64_MIN
from tests.zreplay.example_quotes import make_block
from zreplay.conversion.reread import Reread
from zreplay.quotes.block import Block

MS = 1_000_000
REORDER_NS, MAX_JUMP_NS = 5 * MS, 20 * MS
rows = st.lists(st.tuples(st.integers(0, 60), st.integers(-30, 30)), min_size=1, max_size=12)


def block_of(quotes: list[tuple[int, int]]) -> Block:
    block = make_block([arrival * MS for arrival, _ in quotes])
    timestamps = np.array([(arrival - latency) * MS for arrival, latency in quotes], np.int64)
    return replace(block, timestamp_ns=timestamps)


@given(quotes=rows, cut=st.integers(0, 12))
def test_it_is_how_far_each_is_below_the_newest_before_it(
    quotes: list[tuple[int, int]], cut: int
) -> None:
    quotes.sort(key=lambda quote: quote[0])
    stamps = [arrival - latency for arrival, latency in quotes]
    late = max((max(stamps[:n]) - quotes[n][0] for n in range(1, len(quotes))), default=0)
    behind = max((max(stamps[:n]) - stamps[n] for n in range(1, len(quotes))), default=0)
    reread = Reread(REORDER_NS, MAX_JUMP_NS)
    for part in (quotes[:cut], quotes[cut:]):
        if part:
            reread.add(block_of(part))

    expected = [f"--reorder {late / 1000:g}s"] if late > 5 else []
    expected += ["--max-jump 0"] if behind > 20 else []
    assert expected == reread.options


@pytest.mark.parametrize("times", [(INT64_MIN, INT64_MAX), (INT64_MAX, INT64_MIN)])
def test_times_at_both_ends_of_their_range_are_no_trouble(times: tuple[int, int]) -> None:
    block = make_block([0, 0])
    reread = Reread(REORDER_NS, MAX_JUMP_NS)
    reread.add(replace(block, timestamp_ns=np.array(times, np.int64)))

    is_behind = times[0] > times[1]
    assert is_behind == ("--max-jump 0" in reread.options)
    assert is_behind == any(option.startswith("--reorder") for option in reread.options)
