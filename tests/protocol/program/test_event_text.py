"""Fields follow their event, and one event stays one line."""

from protocol.program.event_text import fields_text, line_text


def test_fields_stand_in_their_order_two_spaces_apart() -> None:
    assert "  worker=host:4121  quotes=7" == fields_text({"worker": "host:4121", "quotes": 7})


def test_what_would_not_read_as_one_word_is_quoted() -> None:
    fields = {"reason": "no such file", "empty": "", "steering": "\x1b[2J", "lines": "a\nb"}

    assert '  reason="no such file"  empty=""  steering="\\u001b[2J"  lines="a\\nb"' == fields_text(
        fields
    )


def test_a_text_is_one_line_that_steers_no_terminal() -> None:
    assert "Zürich 1" == line_text("Zürich 1")
    assert "a\\nb\\x1b[2J\\udcff" == line_text("a\nb\x1b[2J\udcff")
