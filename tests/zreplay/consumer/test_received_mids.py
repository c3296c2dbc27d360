"""What was published is counted exactly, whatever of it did not come, or came twice."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from protocol.mids_schema import MIDS_SCHEMA as SCHEMA
from protocol.published import PublishedEnd, PublishedMids
from tests.protocol.examples import RUN
from tests.stored import PUBLISHED_MIDS
from zreplay.consumer.received_mids import MidsReceiver
from zreplay.historical.ticker_choice import TickerChoice

ALL = TickerChoice((), ())


def message(ticker: str, before: int, count: int = 1, run: bytes = RUN) -> PublishedMids:
    columns = (bytes(8 * count) for _ in range(7))
    return PublishedMids(1, run, ticker, before, *columns)


@given(st.lists(st.tuples(st.sampled_from("AB"), st.integers(1, 3), st.booleans())))
def test_what_comes_and_what_is_missing_are_together_all_that_there_was(
    sent: list[tuple[str, int, bool]],
) -> None:
    receiver = MidsReceiver(ALL)
    counts, come, missing = {"A": 0, "B": 0}, 0, 0
    for ticker, count, has_come in sent:
        if has_come:
            (item,) = receiver.received(message(ticker, counts[ticker], count))
            come, missing = come + len(item.quotes), missing + item.missing
        counts[ticker] += count
    total = sum(counts.values())
    last = [*receiver.ended(PublishedEnd(1, RUN, total, False, tuple(counts.items()), 0))]

    assert total == come + missing + sum(item.missing for item in last)
    assert (total, True) == (receiver.count, receiver.is_over)


def test_what_comes_again_is_said_to_be_repeated() -> None:
    receiver = MidsReceiver(ALL)
    [*receiver.received(message("A", 0, 3))]
    (again,) = receiver.received(message("A", 2, 4))

    assert (0, 1) == (again.missing, again.repeated)
    assert 6 == receiver.count


def test_another_run_begins_with_nothing() -> None:
    receiver = MidsReceiver(ALL)
    [*receiver.received(message("A", 3))]
    (other,) = receiver.received(message("A", 0, run=bytes(16)))

    assert (0, 0) == (other.missing, other.repeated)


def test_only_what_is_chosen_is_given_and_missed() -> None:
    receiver = MidsReceiver(TickerChoice(["B*"], ()))

    assert [] == [*receiver.received(message("A", 0))]
    assert ["BTC"] == [item.ticker for item in receiver.received(message("BTC", 2))]
    end = PublishedEnd(1, RUN, 9, False, (("A", 4), ("BTC", 5)), 1)
    assert [("BTC", 2)] == [(item.ticker, item.missing) for item in receiver.ended(end)]
    assert not receiver.is_over


def test_quotes_have_the_schema_of_the_table_and_null_for_what_there_is_not() -> None:
    receiver = MidsReceiver(ALL)
    (item,) = receiver.received(replace(PUBLISHED_MIDS, before=0))

    assert item.quotes.schema.equals(SCHEMA)
    assert ([7, 9], ["A", "A"]) == tuple(item.quotes[name].to_pylist() for name in _NAMES)
    assert ([200.5, None], [201.0, None]) == tuple(
        item.quotes[name].to_pylist() for name in ("mid", "ask_price")
    )


_NAMES = ("record", "ticker")
