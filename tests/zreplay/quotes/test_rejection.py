"""A rejection is one JSON line, whatever the row was."""

import json

import pytest

from protocol.error_codes import ROW_CODES
from zreplay.quotes.rejection import VALUE_LIMIT, Rejection


def test_a_rejection_is_one_json_object_on_one_line() -> None:
    line = Rejection("a.csv", 7, 310, "ask_price", 'x\n"', "not a number").as_line()

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


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("missing", "Z101"),
        ("not an integer", "Z102"),
        ("not a time such as 2025-10-02 23:59:57.290000", "Z103"),
        ("no such time of day", "Z103"),
        ("negative", "Z104"),
        ("arrives outside of 64 bits of nanoseconds", "Z105"),
        ("7 fields, the header has 9", "Z106"),
        ("not UTF-8 at byte 3 of the line", "Z107"),
        ("late: it arrives 2s before a timestamp that stands above it", "Z108"),
        ("odd", "Z109"),
        ("stray: ahead of the rows around it by more than --max-jump 86400s", "Z110"),
    ],
)
def test_every_reason_has_a_code(reason: str, code: str) -> None:
    assert code == Rejection("a.csv", 1, 0, "", "", reason).code
    assert code in ROW_CODES


def test_a_long_value_is_cut() -> None:
    line = Rejection("a.csv", None, 0, "", "x" * 100_000, "line too long").as_line()

    assert "x" * VALUE_LIMIT == json.loads(line)["value"]


@pytest.mark.parametrize("name", ["\udcff.csv", "ö.csv"])
def test_any_file_name_and_any_value_can_be_written(name: str) -> None:
    assert b"\n" == Rejection(name, 1, 0, "", name, "odd").as_line()[-1:]
