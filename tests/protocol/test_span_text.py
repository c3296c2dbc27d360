"""A length of time is what its unit says, exactly; without one, what the option means."""

from decimal import Decimal

import pytest

from protocol.span_text import span_of


@pytest.mark.parametrize(
    ("text", "unit", "expected"),
    [
        ("5", "ms", "5"),
        ("5ms", "ms", "5"),
        ("5", "s", "5"),
        ("5ms", "s", "0.005"),
        ("0.0201s", "ms", "20.1"),
        (" -250US ", "ms", "-0.25"),
        ("1d", "s", "86400"),
        ("2m", "s", "120"),
        ("3h", "ms", "10800000"),
        ("7ns", "ms", "0.000007"),
    ],
)
def test_it_is_exact(text: str, unit: str, expected: str) -> None:
    assert Decimal(expected) == span_of(text, unit)


@pytest.mark.parametrize("text", ["", "s", "5 x", "soon", "5sm", "1e999999999999999999999"])
def test_what_is_none_is_none(text: str) -> None:
    assert span_of(text, "s") is None
