"""A place in a replay survives the trip through the sink; that of another run is refused."""

import pytest

from protocol.errors import ProtocolError
from zreplay.historical.historical_cursor import HistoricalCursor, left_out_before, quotes_before
from zreplay.historical.left_out import LeftOut
from zreplay.quotes.block import LAST_POSITION, first_position
from zreplay.quotes.file_numbers import MAX_FILES

KEY = (5, first_position(1) + 6)


@pytest.mark.parametrize("origin_ns", [None, -1, 2**62])
@pytest.mark.parametrize("key", [KEY, (-(2**63), 0), (2**63 - 1, LAST_POSITION)])
def test_what_was_packed_comes_back(origin_ns: int | None, key: tuple[int, int]) -> None:
    cursor = HistoricalCursor(3, origin_ns, key)

    assert cursor == HistoricalCursor.unpack(cursor.pack(), 2)


def test_it_is_as_long_for_all_files_that_there_can_be_as_for_one() -> None:
    one, all_of_them = (HistoricalCursor(2**40, 2**62, (2**62, first_position(n))) for n in (1, 2))
    assert all_of_them == HistoricalCursor.unpack(all_of_them.pack(), MAX_FILES)

    assert len(one.pack()) == len(all_of_them.pack()) < 40


@pytest.mark.parametrize(
    "data", [b"", b"\x01", b"\xff\xff", b"\x93\x01\x02\x03", b"\x93\x01\xc0\x92\x01\xff"]
)
def test_what_is_no_place_is_refused(data: bytes) -> None:
    with pytest.raises(ProtocolError) as error:
        HistoricalCursor.unpack(data, 2)
    assert "Z504" == error.value.code


def test_the_place_of_other_files_is_refused() -> None:
    with pytest.raises(ProtocolError, match="file 2 of 1 files"):
        HistoricalCursor.unpack(HistoricalCursor(0, None, KEY).pack(), 1)


def test_how_many_quotes_lie_before_a_place_is_read_without_its_files() -> None:
    cursor = HistoricalCursor(1_234, None, KEY).pack()

    assert (1_234, 0) == (quotes_before(cursor), quotes_before(b""))


def test_a_place_has_what_was_left_out_only_where_something_was() -> None:
    cursor = HistoricalCursor(1_234, None, KEY)
    counted = cursor._replace(left_out=LeftOut(repeated=5))

    assert counted == HistoricalCursor.unpack(counted.pack(), 2)
    assert len(cursor.pack()) < len(counted.pack())
    assert [LeftOut(repeated=5), LeftOut(), LeftOut()] == [
        left_out_before(data) for data in (counted.pack(), cursor.pack(), b"")
    ]
