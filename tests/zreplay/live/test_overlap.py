"""Of two connections each quote is kept once, repeats of one stay, and nothing else is lost."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from zreplay.live.overlap import Overlap
from zreplay.live.venue import VenueQuote

OLD, NEW = 1, 2
Received = list[tuple[int, VenueQuote]]


def quote(
    symbol: str = "A", price: float = 1.0, update_id: int | None = None, time_ns: int | None = 5
) -> VenueQuote:
    return VenueQuote(symbol, price, 1.0, 2.0, 1.0, time_ns, update_id)


def kept(received: Received) -> Received:
    overlap = Overlap()
    return [
        (connection, each)
        for connection, each in received
        if not overlap.is_duplicate(each, connection)
    ]


def test_an_id_is_kept_from_whom_brings_it_first_whatever_its_numbers_are() -> None:
    first, again = quote(update_id=7), quote(price=3.0, update_id=7)

    assert [(OLD, first)] == kept([(OLD, first), (NEW, again)])
    assert [(NEW, first)] == kept([(NEW, first), (OLD, again)])


def test_what_one_connection_repeats_stays() -> None:
    for update_id in (None, 7):
        same = quote(update_id=update_id)
        assert [(OLD, same)] * 3 == kept([(OLD, same)] * 3)
        assert [(NEW, same)] * 3 == kept([(NEW, same)] * 3)


def test_a_repeat_of_the_first_stays_also_behind_the_copy_of_the_other() -> None:
    """Bybit sends the same id again after 3 s."""
    same = quote(update_id=7)

    assert [(OLD, same), (OLD, same)] == kept([(OLD, same), (NEW, same), (OLD, same), (NEW, same)])


def test_without_an_id_one_match_drops_one() -> None:
    same = quote()

    assert [(OLD, same)] * 2 == kept([(OLD, same), (OLD, same), (NEW, same), (NEW, same)])
    assert [(OLD, same), (NEW, same)] == kept([(OLD, same), (NEW, same), (NEW, same)])


def test_an_id_of_another_symbol_is_another_one() -> None:
    received = [(OLD, quote("A", update_id=7)), (NEW, quote("B", update_id=7))]

    assert received == kept(received)


QUOTES = st.builds(
    quote,
    st.sampled_from("AB"),
    st.sampled_from([1.0, 2.0]),
    st.none(),
    st.sampled_from([None, 5, 6]),
)
PLACES = st.lists(st.sampled_from([OLD, NEW]), max_size=40)


def interleaved(old: list[VenueQuote], new: list[VenueQuote], places: list[int]) -> Received:
    """Return both in some order of receipt that keeps that of each."""
    left = {OLD: list(old), NEW: list(new)}
    received: Received = []
    for connection in [*places, *[OLD] * len(old), *[NEW] * len(new)]:
        if left[connection]:
            received.append((connection, left[connection].pop(0)))
    return received


def texts(quotes: list[VenueQuote]) -> Counter[str]:
    return Counter(map(repr, quotes))


@given(st.lists(QUOTES, max_size=12), st.lists(QUOTES, max_size=12), PLACES)
def test_without_ids_each_quote_is_kept_as_often_as_the_connection_that_has_it_more_often(
    old: list[VenueQuote], new: list[VenueQuote], places: list[int]
) -> None:
    found = kept(interleaved(old, new, places))

    assert texts(old) | texts(new) == texts([each for _, each in found])


@given(st.lists(QUOTES, max_size=12), PLACES, st.integers(0, 12), st.integers(0, 12))
def test_of_one_stream_with_ids_that_both_bring_each_is_kept_once(
    stream: list[VenueQuote], places: list[int], old_to: int, new_from: int
) -> None:
    """The old connection ends somewhere, the new one begins somewhere."""
    numbered = [
        VenueQuote(*[getattr(each, name) for name in each.__struct_fields__[:-1]], number)
        for number, each in enumerate(stream)
    ]
    old, new = numbered[:old_to], numbered[new_from:]
    found = kept(interleaved(old, new, places))

    assert sorted({each.update_id for each in [*old, *new]}) == sorted(
        each.update_id for _, each in found
    )


@given(st.lists(QUOTES, max_size=12), st.lists(QUOTES, max_size=12), PLACES)
def test_what_is_kept_is_in_order_and_a_longer_capture_changes_nothing_before(
    old: list[VenueQuote], new: list[VenueQuote], places: list[int]
) -> None:
    received = interleaved(old, new, places)
    whole = kept(received)
    for count in range(len(received)):
        part = kept(received[:count])
        assert part == whole[: len(part)]
