"""What the compiled reader is handed fits together, or nothing is written; names come once."""

import numpy as np
import pytest

from tests.zreplay.recordings.csv.csv_lines import GOOD, OURS
from zreplay.recordings.csv.plain_rows import form_of

pytestmark = pytest.mark.usefixtures("compiled")

FORM = form_of(OURS)
KINDS = bytes([4, 10, 6, 7, 8, 9, 5, 3])


def read_compiled(text: bytes, kinds: bytes, cells: object, codes: object, odd: object) -> object:
    from zreplay.recordings.csv import compiled_rows

    missing = np.array([], np.float64)
    return compiled_rows.read(text, kinds, FORM, missing, cells, codes, odd)  # type: ignore[arg-type]


def test_a_name_is_listed_once_whatever_stands_behind_it() -> None:
    names = [f"T{number}" for number in range(5000)]
    lines = [GOOD.replace(b"A@B", name.encode()) for name in names]
    lines += [line.replace(b"1.5", b"2.5") for line in lines]
    text = b"".join(line + b"\n" for line in lines)
    buffers = (np.empty(10 * len(lines), np.int64), np.empty(len(lines), np.int32), bytearray(24))

    assert (len(lines), 0, names) == read_compiled(text, KINDS, *buffers)


@pytest.mark.parametrize(
    ("text", "rows", "kinds"),
    [
        (GOOD, 1, KINDS),  # no line feed
        (GOOD + b"\n" + GOOD + b"\n", 1, KINDS),
        (GOOD + b"\n", 1, bytes([4, 10, 6, 7, 0, 9, 5, 3])),  # no bid price
        (GOOD + b"\n", 1, bytes([4, 10, 6, 7, 8, 9, 5, 1])),
        (GOOD + b"\n", 1, bytes([4, 10, 6, 7, 8, 9, 5, 13])),
        (GOOD + b"\n", 1, bytes([4, 10, 6, 7, 8, 9, 5, 5])),  # two latencies
    ],
)
def test_what_would_not_fit_is_not_read(text: bytes, rows: int, kinds: bytes) -> None:
    with pytest.raises(ValueError):
        read_compiled(
            text, kinds, np.empty(10 * rows, np.int64), np.empty(rows, np.int32), bytearray(24)
        )


@pytest.mark.parametrize(
    ("cell_bytes", "code_bytes", "odd_bytes", "skipped"),
    [
        (79, 4, 24, 0),
        (72, 4, 24, 0),
        (88, 4, 24, 0),
        (80, 5, 24, 0),
        (80, 4, 25, 0),
        (80, 4, 24, 1),
    ],
)
def test_buffers_that_do_not_fit_each_other_are_not_written_to(
    cell_bytes: int, code_bytes: int, odd_bytes: int, skipped: int
) -> None:
    sizes = (cell_bytes, code_bytes, odd_bytes)
    buffers = [np.zeros(size + skipped, np.uint8)[skipped:] for size in sizes]
    with pytest.raises(ValueError):
        read_compiled(GOOD + b"\n", KINDS, *buffers)

    assert [0, 0, 0] == [int(buffer.sum()) for buffer in buffers]
