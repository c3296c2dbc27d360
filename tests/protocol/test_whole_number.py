"""A number from outside is read if it is one and is not too large, however long its text."""

import pytest

from protocol.whole_number import whole_number


@pytest.mark.parametrize(
    ("text", "number"), [("0", 0), ("7", 7), ("65535", 65_535), ("0065535", 65_535)]
)
def test_digits_are_a_number_up_to_the_most_that_it_may_be(text: str, number: int) -> None:
    assert number == whole_number(text, 65_535)


@pytest.mark.parametrize("text", ["65536", "99999", "100000", "9" * 5000])
def test_what_is_more_is_none(text: str) -> None:
    assert whole_number(text, 65_535) is None


def test_zeros_before_it_change_nothing_however_many_they_are() -> None:
    assert 7 == whole_number("0" * 5000 + "7", 65_535)
    assert 0 == whole_number("0" * 5000, 65_535)


@pytest.mark.parametrize("text", ["", "-1", "+1", " 1", "1 ", "1_0", "1.0", "1e3", "²", "٣", "x"])
def test_what_is_no_row_of_decimal_digits_is_none(text: str) -> None:
    assert whole_number(text, 65_535) is None
