"""Fields follow their event, and one event stays one line."""

import json

from hypothesis import example, given
from hypothesis import strategies as st

from protocol.program.event_text import fields_text, line_text, shown_text

STEERING = "a\x1b[2J\x07\r\x9b31m\x7f\u202e\U000e0001\udcff"
ANY_TEXT = st.text(st.characters() | st.sampled_from(STEERING))


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


@example(STEERING)
@given(ANY_TEXT)
def test_a_text_that_is_shown_steers_no_terminal_and_keeps_its_lines(text: str) -> None:
    shown = shown_text(text)

    assert shown.replace("\n", "").replace("\t", "").isprintable() or not shown
    assert text.count("\n") == shown.count("\n")
    assert shown == shown_text(shown)


@example(STEERING)
@given(ANY_TEXT)
def test_json_that_is_shown_means_the_same(text: str) -> None:
    assert text == json.loads(shown_text(json.dumps(text, ensure_ascii=False)))
