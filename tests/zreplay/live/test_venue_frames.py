"""A frame of the shape is read; any other is told by what it is, and never raises."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import few
from zreplay.live.known_venues import known_venues
from zreplay.live.venue import BadQuote, Frame, Heartbeat, SomeQuotes, Told, Unknown, VenueQuote
from zreplay.live.venue_frames import kind_of, reading


class Row(msgspec.Struct):
    name: str
    price: float | None = None


class Shape(msgspec.Struct):
    rows: list[Row]


def quotes_of(shape: Shape) -> Told:
    return [VenueQuote(row.name, row.price, None, None, None, None) for row in shape.rows]


READ = reading(
    Shape, quotes_of, lambda message: "rows" in message, rows="rows", texts={b"pong": Heartbeat()}
)


def prices(said: Told) -> list[float | None]:
    assert isinstance(said, list)
    return [quote.bid_price for quote in said]


@pytest.mark.parametrize(
    ("price", "expected"),
    [('"1.5"', 1.5), ("1.5", 1.5), ("2", 2.0), ("null", None), ('""', None), ('"1e-7"', 1e-7)],
)
def test_a_price_is_a_number_or_a_text_and_empty_is_none(
    price: str, expected: float | None
) -> None:
    assert [expected] == prices(READ(b'{"rows":[{"name":"A","price":%s}]}' % price.encode()))


@pytest.mark.parametrize("price", ['"1_0"', '" 1"', '"0x10"', '"\uff11"', "true", "[1]", "{}"])
def test_what_is_no_number_is_named_with_its_column(price: str) -> None:
    said = READ(f'{{"rows":[{{"name":"A","price":{price}}}]}}'.encode())

    assert isinstance(said, SomeQuotes)
    assert ([], ["price"]) == (said.quotes, [bad.column for bad in said.bad])


def test_the_good_rows_of_a_bad_frame_are_kept_in_their_order() -> None:
    said = READ(b'{"rows":[{"name":"A","price":1},{"price":2},{"name":"C","price":""}]}')

    assert isinstance(said, SomeQuotes)
    assert [("A", 1.0), ("C", None)] == [(quote.symbol, quote.bid_price) for quote in said.quotes]
    assert [BadQuote("", '{"price":2}', "object missing required field `name`")] == [
        bad._replace(column="", value='{"price":2}') for bad in said.bad
    ]


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (b"pong", Heartbeat()),
        (memoryview(b"pong"), Heartbeat()),
        (b"ping", Unknown("not JSON")),
        (b"", Unknown("not JSON")),
        (b"\xff\xfe", Unknown("not JSON")),
        (b"\x1f\x8b\x08", Unknown("not JSON")),
        (b"[" * 100_000, Unknown("not JSON")),
        (b"[1]", Unknown("not a JSON object")),
        (b"7", Unknown("not a JSON object")),
        (b'{"e":"depth"}', Unknown("e=depth")),
        (b'{"data":{"e":"depth"}}', Unknown("e=depth")),
        (b'{"b":1,"a":2}', Unknown("keys b, a")),
    ],
)
def test_what_is_no_quote_is_told(frame: Frame, expected: Told) -> None:
    assert expected == READ(frame)


def test_a_kind_is_short() -> None:
    assert 60 == len(kind_of({"channel": "x" * 10_000}))


VALUES = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=8)
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                ["arg", "data", "channel", "topic", "e", "s", "u", "b", "a", "ts", "type", "params"]
                + ["event", "result", "table", "action", "symbol", "bbo", "asks", "bids", "id"]
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)
READERS = [venue.new_reader() for venue in known_venues()]
TOLD = (list, SomeQuotes, Unknown, tuple)


@settings(max_examples=few(75), deadline=None)
@given(VALUES)
def test_no_message_makes_an_adapter_raise(message: Any) -> None:
    frame = msgspec.json.encode(message)
    for read in READERS:
        assert isinstance(read(frame), TOLD)
        assert isinstance(read(frame[:-1]), TOLD)
