"""A number has the digits that count, and what is not there is a dash."""

from zreplay.controls.ticker_text import left_out_text, number_text


def test_a_number_is_short_and_none_is_a_dash() -> None:
    assert ("-", "0.0001364", "91235.95") == (
        number_text(None, 4),
        number_text(0.000136444, 4),
        number_text(91235.95, 10),
    )


def test_what_is_left_out_is_said_if_it_is_anything() -> None:
    assert ("", "... 1,370 more, with 12,345 quotes") == (
        left_out_text(0, 0),
        left_out_text(1370, 12_345),
    )
