"""A place in a replay survives the trip through the sink; that of another run is refused."""

import pytest

from protocol.errors import ProtocolError
from zreplay.historical.historical_cursor import HistoricalCursor, quotes_before
from zreplay.ordering.order_cursor import OrderCursor, Resume
from zreplay.recordings.source_block import FilePlace

ORDER = OrderCursor.of((5, 6), (Resume(FilePlace(7, 8), 9), Resume(FilePlace(1, None), None)))


@pytest.mark.parametrize("origin_ns", [None, -1, 2**62])
def test_what_was_packed_comes_back(origin_ns: int | None) -> None:
    cursor = HistoricalCursor(3, origin_ns, ORDER)

    assert cursor == HistoricalCursor.unpack(cursor.pack(), 2)


@pytest.mark.parametrize("data", [b"", b"\x01", b"\xff\xff", ORDER.pack()])
def test_what_is_no_place_is_refused(data: bytes) -> None:
    with pytest.raises(ProtocolError) as error:
        HistoricalCursor.unpack(data, 2)
    assert "Z504" == error.value.code


def test_the_place_of_other_files_is_refused() -> None:
    with pytest.raises(ProtocolError, match="2 files"):
        HistoricalCursor.unpack(HistoricalCursor(0, None, ORDER).pack(), 1)


def test_how_many_quotes_lie_before_a_place_is_read_without_its_files() -> None:
    cursor = HistoricalCursor(1_234, None, ORDER).pack()

    assert (1_234, 0) == (quotes_before(cursor), quotes_before(b""))
