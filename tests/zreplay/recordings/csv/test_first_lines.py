"""What the first lines say is known once enough of them have come, and not before."""

import pytest

from protocol.errors import InputError
from zreplay.recordings.csv.csv_header import NO_COLUMNS
from zreplay.recordings.csv.first_lines import USUAL_HEADER_BYTES, FirstLines
from zreplay.recordings.csv.known_heads import Head

HEADER = b"timestamp,ticker,ask_price,bid_price,latency\n"
ROW = b"2025-10-02 00:00:00,T,1,1,1\n"


def head_of(data: bytes, *, is_all_there: bool = True) -> tuple[Head | None, int]:
    """Return what a file says that begins so, and how much of it was read."""
    sizes = []

    def read(most_bytes: int) -> tuple[bytes, bool]:
        sizes.append(most_bytes)
        return data[:most_bytes], is_all_there and most_bytes > len(data)

    head = FirstLines("a.csv", NO_COLUMNS).head(read, is_all_there=is_all_there)
    return head, sizes[-1]


def test_rows_begin_behind_the_header_and_blank_lines_before_it() -> None:
    head, read_bytes = head_of(b"\r\n\n" + HEADER + ROW)

    assert head is not None
    assert (len(HEADER) + 3, 3) == (head.first, head.lines)
    assert USUAL_HEADER_BYTES == read_bytes


@pytest.mark.parametrize("data", [b"", b"timestamp,tick", b"\n"])
def test_of_what_is_piped_in_more_is_waited_for(data: bytes) -> None:
    assert None is head_of(data, is_all_there=False)[0]


def test_a_longer_header_is_read_on() -> None:
    names = b",".join(b"column_%04d" % number for number in range(USUAL_HEADER_BYTES // 10))

    head, read_bytes = head_of(names + b"," + HEADER + ROW)

    assert head is not None
    assert len(names) + 1 + len(HEADER) == head.first
    assert 2 * USUAL_HEADER_BYTES == read_bytes


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(InputError, match="is empty"):
        head_of(b"\n\n")
