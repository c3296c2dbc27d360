"""What a sink publishes is read as it was meant, and nothing else is taken for it."""

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from protocol.errors import MalformedMessage, OtherVersion
from protocol.published import (
    END_TOPIC,
    MOST_ROWS,
    MOST_TICKERS,
    VERSION,
    PublishedEnd,
    PublishedMids,
    pack,
    topic_of,
    unpack,
)
from tests.protocol.examples import RUN
from tests.stored import PUBLISHED_END, PUBLISHED_MIDS

TICKERS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@st.composite
def mids(draw: Any) -> PublishedMids:
    count = draw(st.integers(1, 4))
    columns = (draw(st.binary(min_size=8 * count, max_size=8 * count)) for _ in range(7))
    return PublishedMids(VERSION, RUN, draw(TICKERS), draw(st.integers(0, 2**62)), *columns)


@given(mids() | st.just(PUBLISHED_END))
def test_a_message_is_read_as_it_was_sent(message: PublishedMids | PublishedEnd) -> None:
    assert message == unpack(topic_of(message), pack(message))


@given(st.binary(max_size=60), st.sampled_from([b"A", END_TOPIC]))
def test_junk_is_refused_and_nothing_else_happens(body: bytes, topic: bytes) -> None:
    with pytest.raises((MalformedMessage, OtherVersion)):
        unpack(topic, body)


@pytest.mark.parametrize("message", [PUBLISHED_MIDS, PUBLISHED_END])
def test_one_of_another_version_is_named(message: PublishedMids | PublishedEnd) -> None:
    with pytest.raises(OtherVersion, match="version 9"):
        unpack(topic_of(message), pack(replace(message, version=9)))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"mid": b"\0" * 8}, "mid had 8 bytes, expected 16"),
        ({"ticker": "OTHER"}, "the topic was"),
        ({"before": -1}, "before: expected"),
        ({name: b"" for name in PublishedMids.__struct_fields__[4:]}, "1 to 256 rows"),
        ({name: bytes(8 * 257) for name in PublishedMids.__struct_fields__[4:]}, "1 to 256 rows"),
    ],
    ids=["column", "topic", "before", "no rows", "many rows"],
)
def test_fields_that_contradict_each_other_are_named(changes: dict[str, Any], said: str) -> None:
    message = replace(PUBLISHED_MIDS, **changes)

    with pytest.raises(MalformedMessage, match=said):
        unpack(topic_of(PUBLISHED_MIDS), pack(message))


def test_the_topic_of_the_end_is_that_of_no_ticker() -> None:
    with pytest.raises(UnicodeDecodeError):
        END_TOPIC.decode()


@pytest.mark.parametrize("count", [0, 1, MOST_TICKERS, MOST_TICKERS + 1])
def test_an_end_names_every_ticker_once_and_says_what_follows(count: int) -> None:
    counts = {f"T{number}": number for number in range(count)}
    ends = PublishedEnd.all_of(RUN, 7, counts, is_stopped=False)

    assert counts == dict(pair for end in ends for pair in end.tickers)
    assert [*reversed(range(len(ends)))] == [end.left for end in ends]


def test_the_columns_are_as_the_head_of_the_file_says() -> None:
    message = unpack(b"A", pack(PUBLISHED_MIDS))
    assert isinstance(message, PublishedMids)

    assert (7, 9) == struct.unpack("<2q", message.record)
    assert 200.5 == struct.unpack("<2d", message.mid)[0]
    assert MOST_ROWS >= message.count == 2
