"""Every name has a code, whatever was known before; known names are not renumbered."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from zreplay.recordings.csv import ticker_codes as known_names
from zreplay.recordings.csv.ticker_codes import TickerCodes

few_names = st.lists(st.sampled_from(["BTC", "ETH", "", "ÄÖ", "sol", "SOL"]), max_size=8)


@given(st.lists(few_names, max_size=5), st.integers(1, 5))
def test_every_name_has_a_code(blocks: list[list[str]], most: int) -> None:
    known, largest = TickerCodes(), most
    before, known_names.MOST_NAMES = known_names.MOST_NAMES, most
    try:
        for block in blocks:
            codes, names = known.numbered(block)
            largest = max(largest, len(set(block)))

            assert block == [names[code] for code in codes.tolist()]
            assert len(names) <= largest
            assert np.int32 == codes.dtype
    finally:
        known_names.MOST_NAMES = before


def test_a_block_without_a_new_name_has_the_tuple_of_the_one_before() -> None:
    known = TickerCodes()
    _, first = known.numbered(["BTC", "ETH"])
    _, same = known.numbered(["ETH", "ETH", "BTC"])
    _, more = known.numbered(["ETH", "SOL"])

    assert same is first
    assert ("BTC", "ETH", "SOL") == more
    assert first == more[:2]
