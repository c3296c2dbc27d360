"""The newest answer stays while nobody answers, and the silence is counted."""

from tests.zreplay.answers import SECOND_NS, make_status
from zreplay.observation import BUSY_SPAN_NS, SILENCE_NS, Observation


def test_before_the_first_answer_there_is_nothing_and_no_silence() -> None:
    seen = Observation()
    seen.on_answer(None, 100 * SECOND_NS)

    assert (None, None, 0) == (seen.status, seen.previous, seen.silent_ns)


def test_the_last_answer_stays_while_the_silence_grows() -> None:
    seen = Observation()
    seen.on_answer(make_status(sent=1), 0)
    seen.on_answer(None, SILENCE_NS - 1)
    assert seen.silent_ns == 0

    seen.on_answer(None, 7 * SECOND_NS)

    assert seen.silent_ns == 7 * SECOND_NS
    assert seen.status is not None
    assert seen.status["sent"] == 1

    seen.on_answer(make_status(sent=2), 8 * SECOND_NS)

    assert seen.silent_ns == 0
    assert seen.status["sent"] == 2


def test_the_earlier_answer_is_the_oldest_of_the_last_two_seconds() -> None:
    seen = Observation()
    quarter_ns = SECOND_NS // 4
    for number in range(100):
        seen.on_answer(make_status(sent=number), number * quarter_ns)
        if number:
            assert seen.previous is not None
            expected = max(0, number - BUSY_SPAN_NS // quarter_ns)
            assert expected == seen.previous["sent"]


def test_after_a_long_silence_there_is_no_earlier_answer() -> None:
    seen = Observation()
    seen.on_answer(make_status(), 0)
    seen.on_answer(make_status(), 60 * SECOND_NS)

    assert seen.previous is None
