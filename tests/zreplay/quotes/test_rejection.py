"""A rejection is one JSON line, whatever the row was."""

import json

import pytest

from protocol.error_codes import ROW_CODES
from zreplay.quotes.rejection import NOT_A_NUMBER, VALUE_LIMIT, Rejection, RowCode, place_text


def test_a_rejection_is_one_json_object_on_one_line() -> None:
    line = Rejection("a.csv", 7, 310, "ask_price", 'x\n"', *NOT_A_NUMBER).as_line()

    assert 1 == line.count(b"\n") and line.endswith(b"\n")
    assert {
        "code": "Z102",
        "file": "a.csv",
        "line": 7,
        "offset": 310,
        "column": "ask_price",
        "value": 'x\n"',
        "reason": "not a number",
    } == json.loads(line)


def test_a_code_is_one_of_the_published() -> None:
    assert set(ROW_CODES) == set(RowCode)


def test_a_long_value_is_cut() -> None:
    line = Rejection("a.csv", None, 0, "", "x" * 100_000, "line too long", RowCode.OTHER).as_line()

    assert "x" * VALUE_LIMIT == json.loads(line)["value"]


@pytest.mark.parametrize("name", ["\udcff.csv", "ö.csv"])
def test_any_file_name_and_any_value_can_be_written(name: str) -> None:
    assert b"\n" == Rejection(name, 1, 0, "", name, "odd", RowCode.OTHER).as_line()[-1:]


def test_its_place_is_its_line_and_otherwise_the_offset_that_its_json_has() -> None:
    assert ["line 7", "offset 0"] == [place_text(7, 12), place_text(None, 0)]
