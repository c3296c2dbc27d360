"""The compiled line writer refuses arguments that do not match."""

import struct

import pytest

from zmid.plain_text import rounded, shortest

pytestmark = pytest.mark.usefixtures("compiled")


def written(*columns, shortest=shortest):
    from zmid import compiled_lines

    return compiled_lines.lines(*columns, 20.0, True, False, False, rounded, shortest)


def test_no_rows_are_no_lines():
    assert (b"", b"", 0, 0) == written(b"", b"", b"", b"")


def test_the_columns_may_lie_anywhere_in_any_buffer():
    time = memoryview(b"-" + bytes(8))[1:]
    number = memoryview(bytearray(b"-" + struct.pack("<d", 2.5)))[1:]
    assert (b"1970-01-01 00:00:00.000, 2.5\n", b"", 0, 0) == written(time, number, number, number)


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize("size", [0, 7, 9, 16])
def test_columns_of_other_lengths_are_refused(place, size):
    columns = [bytes(8)] * 4
    columns[place] = bytes(size)
    with pytest.raises(ValueError, match="8 bytes a quote"):
        written(*columns)


def test_columns_that_break_off_within_a_quote_are_refused():
    with pytest.raises(ValueError, match="8 bytes a quote"):
        written(*[bytes(12)] * 4)


@pytest.mark.parametrize("columns", [(None,) * 4, (b"", b"", b"", "text")])
def test_what_is_no_column_is_refused(columns):
    with pytest.raises(TypeError):
        written(*columns)


def test_what_the_definition_raises_is_raised():
    def broken(number):
        raise ZeroDivisionError(number)

    nothing, too_late = struct.pack("<d", 1.0), struct.pack("<d", 2.0**60)
    with pytest.raises(ZeroDivisionError):
        written(nothing, too_late, nothing, nothing, shortest=broken)
    with pytest.raises(TypeError):
        written(nothing, too_late, nothing, nothing, shortest=lambda number: number)
