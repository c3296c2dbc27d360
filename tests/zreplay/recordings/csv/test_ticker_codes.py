"""Every name has a code, whatever was known before; known names are not renumbered."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.limits import MAX_TICKER_CHARS
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


dictionaries = st.lists(
    st.lists(st.sampled_from(["BTC", "ETH", "", "äö", "sol", "x" * (MAX_TICKER_CHARS + 1)])),
    max_size=8,
)


@given(dictionaries, st.integers(1, 5), st.booleans())
def test_the_names_of_a_dictionary_are_those_in_it_whichever_was_the_last(
    blocks: list[list[str]], most: int, in_upper_case: bool
) -> None:
    known = TickerCodes()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(known_names, "MOST_NAMES", most)
        for block in [each for each in blocks for _ in range(2)]:
            dictionary = pa.array(block, pa.string())
            codes, names, is_long = known.of_dictionary(dictionary, in_upper_case=in_upper_case)

            expected = [name.upper() for name in block] if in_upper_case else block
            assert expected == [names[code] for code in codes.tolist()]
            assert [len(name) > MAX_TICKER_CHARS for name in block] == is_long.tolist()


def test_the_same_dictionary_is_looked_up_once() -> None:
    known = TickerCodes()
    first = known.of_dictionary(pa.array(["BTC", "ETH"]), in_upper_case=False)
    same = known.of_dictionary(pa.array(["BTC", "ETH"]), in_upper_case=False)

    assert same is first


@given(st.lists(st.tuples(st.integers(0, 2), few_names), max_size=9), st.integers(1, 5))
def test_the_names_of_several_files_have_one_code_each(
    turns: list[tuple[int, list[str]]], most: int
) -> None:
    whole = TickerCodes()
    files = [TickerCodes(whole) for _ in range(3)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(known_names, "MOST_NAMES", most)
        for number, block in turns:
            dictionary = pa.array(block, pa.string())
            codes, names, _ = files[number].of_dictionary(dictionary, in_upper_case=False)

            assert block == [names[code] for code in codes.tolist()]
            assert len(names) == len({*names})


def test_a_file_without_a_new_name_has_the_tuple_of_the_file_before_it() -> None:
    whole = TickerCodes()
    _, first = TickerCodes(whole).numbered(["BTC", "ETH"])
    codes, same = TickerCodes(whole).numbered(["ETH", "BTC"])

    assert same is first
    assert [1, 0] == codes.tolist()
