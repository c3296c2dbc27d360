"""The count is that of the quotes, wherever blocks are cut."""

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from tests.zreplay.example_quotes import make_block
from zreplay.conversion.tied_arrivals import TiedArrivals

quotes = st.lists(st.tuples(st.integers(0, 6), st.sampled_from("ABC")), min_size=1, max_size=20)


@given(quotes=quotes, cuts=st.lists(st.integers(0, 20), max_size=5))
def test_it_is_how_many_share_their_arrival_with_another_ticker(
    quotes: list[tuple[int, str]], cuts: list[int]
) -> None:
    quotes.sort(key=lambda quote: quote[0])
    of_arrival = defaultdict(list)
    for arrival, ticker in quotes:
        of_arrival[arrival].append(ticker)
    tied = TiedArrivals()
    ends = sorted({0, *cuts, len(quotes)})
    for begin, end in zip(ends, ends[1:], strict=False):
        if part := quotes[begin:end]:
            tied.add(make_block([arrival for arrival, _ in part], [ticker for _, ticker in part]))

    expected = sum(len(tickers) for tickers in of_arrival.values() if len({*tickers}) > 1)
    assert expected == tied.count
