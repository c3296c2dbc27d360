"""Which rows of a format count: by a text, by a bit; and which lines are no rows."""

import pytest

from zreplay.quotes.rejection import NOT_AN_INTEGER
from zreplay.recordings.formats.kept_rows import ALL_ROWS, KeptRows, RowRule

QUOTES = KeptRows("Type", ("Quote", "Q"))
LAST = KeptRows("flags", bits=128)


@pytest.mark.parametrize(
    ("rule", "text", "expected"),
    [
        *((QUOTES, text, True) for text in ("Quote", "Q")),
        *((QUOTES, text, False) for text in ("quote", "Quote ", "", "Trade")),
        *((LAST, text, True) for text in ("128", "130", "255", "00128")),
        *((LAST, text, False) for text in ("0", "127", "256")),
        *((LAST, text, NOT_AN_INTEGER) for text in ("", "-128", "+128", " 128", "1e3", "9" * 19)),
    ],
)
def test_a_field_says_whether_its_row_counts(rule: KeptRows, text: str, expected: object) -> None:
    assert expected == rule.verdict(text)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (("Quote", "128"), True),
        (("Quote", "1"), False),
        (("Trade", "x"), False),  # what comes first is enough
        (("Quote", "x"), (1, NOT_AN_INTEGER)),
    ],
)
def test_all_rules_have_to_hold(fields: tuple[str, ...], expected: object) -> None:
    assert expected == RowRule({0: QUOTES, 1: LAST}).verdict(fields)


def test_a_comment_is_told_by_how_it_begins() -> None:
    rule = RowRule({}, ("#", "END"))

    assert [True, True, False, False] == [
        rule.is_comment(line) for line in (b"#", b"END|1", b"EN|1", b" #")
    ]


def test_without_a_rule_every_row_counts() -> None:
    assert (False, True, False) == (
        bool(ALL_ROWS),
        ALL_ROWS.verdict(["x"]),
        ALL_ROWS.is_comment(b"#"),
    )
