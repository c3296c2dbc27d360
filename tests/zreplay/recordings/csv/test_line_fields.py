"""A line is its fields, or refused, or left out: in this order, whatever else is wrong with it."""

import pytest
from msgspec.structs import replace

from tests.zreplay.recordings.csv.headers import read_header
from zreplay.recordings.csv.line_fields import MAX_LINE_BYTES, Refused, field_texts
from zreplay.recordings.formats.kept_rows import KeptRows, RowRule

RULE = RowRule({4: KeptRows("kind", ("Q",))}, ("#",))
LAYOUT = replace(read_header(b"timestamp,ticker,ask_price,bid_price,kind", "a"), rows=RULE)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"t,A,2,1,Q", ["t", "A", "2", "1", "Q"]),
        (b't,"A,B",2,1,"Q"\r\r', ["t", "A,B", "2", "1", "Q"]),
        (b"t,\xc3\xb6,2,1,Q", ["t", "\xf6", "2", "1", "Q"]),
        (b"t,A,,,T", None),
        (b"t,\xff,2,1,T", None),  # of a row that does not count nothing is looked at
        (b"t,A,2,1,\xff", None),
        (b"#", None),
        (b'#,"', None),
    ],
)
def test_a_line_is_its_fields_or_is_left_out(line: bytes, expected: list[str] | None) -> None:
    assert expected == field_texts(line, LAYOUT)


@pytest.mark.parametrize(
    ("line", "column", "reason"),
    [
        (b"t,A,2,1", "", "4 fields"),
        (b"t,A,2,1,T,", "", "6 fields"),
        (b't,A,2,1,"T', "", "not closed"),
        (b"t,\xff,2,1,Q", "ticker", "not UTF-8"),
        (b"t,a\r\xc3\xb6,2,1,Q", "ticker", "carriage return"),
        (b"#" * (MAX_LINE_BYTES + 1), "", "line longer"),
    ],
)
def test_a_line_that_is_neither_says_why(line: bytes, column: str, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        field_texts(line, LAYOUT)

    assert column == refused.value.fault.column
    assert reason in refused.value.fault.reason


def test_a_flag_that_is_no_number_is_refused_by_its_column() -> None:
    layout = replace(LAYOUT, rows=RowRule({4: KeptRows("kind", bits=1)}))

    with pytest.raises(Refused) as refused:
        field_texts(b"t,A,2,1,\xff", layout)
    fault = refused.value.fault
    assert ("kind", "\ufffd", "not an integer") == (fault.column, fault.value, fault.reason)
