"""Times of venues are instants in ns or none; a level is a price and an amount or neither."""

import pytest

from zreplay.live.venue_times import Level, best, iso_ns, ms_ns


@pytest.mark.parametrize(
    ("milliseconds", "expected"),
    [(1, 1_000_000), (-1, -1_000_000), (0, None), (None, None), (2**63, None), (-(2**63), None)],
)
def test_milliseconds_are_an_instant_unless_they_are_0_or_too_many(
    milliseconds: int | None, expected: int | None
) -> None:
    assert expected == ms_ns(milliseconds)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1970-01-01T00:00:01Z", 10**9),
        ("1970-01-01T00:00:01.123456789Z", 1_123_456_789),
        ("1970-01-01T00:00:00.000000Z", None),
        ("", None),
        (None, None),
        ("yesterday", None),
    ],
)
def test_a_text_is_an_instant_unless_it_is_the_first_or_none(
    text: str | None, expected: int | None
) -> None:
    assert expected == iso_ns(text)


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        ([[1.0, 2.0], [3.0, 4.0]], (1.0, 2.0)),
        ([[1.0, 2.0, 0.0, 5.0]], (1.0, 2.0)),
        ([[1.0]], (1.0, None)),
        ([[1.0, 0.0]], (None, None)),
        ([[]], (None, None)),
        ([], (None, None)),
        (None, (None, None)),
    ],
)
def test_the_best_level_is_the_first(
    levels: list[Level] | None, expected: tuple[float | None, ...]
) -> None:
    assert expected == best(levels)
