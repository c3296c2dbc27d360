"""The newest answer stays while nothing answers, and the silence is measured."""

from typing import Any

from tests.zreplay.answers import SECOND_NS, make_status
from zreplay.screen.observation import BUSY_SPAN_NS, HISTORY_SECONDS, SILENCE_NS, Observation


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


def watched(seconds: int, per_second: int, **changes: Any) -> Observation:
    """Return what was seen of a steady run, asked four times a second."""
    seen = Observation()
    for quarter in range(4 * seconds):
        sent = quarter * per_second // 4
        status = make_status(sent=sent, committed=sent // 2)
        seen.on_answer({**status, **changes}, quarter * SECOND_NS // 4)
    return seen


def test_rates_are_those_of_the_whole_seconds_that_have_passed() -> None:
    assert ([1_000.0] * 3, [500.0] * 3) == watched(5, 1_000).rates(10)
    assert ([1_000.0] * 2, [500.0] * 2) == watched(5, 1_000).rates(2)
    assert ([], []) == Observation().rates(10)


def test_a_run_that_begins_anew_has_no_negative_rate() -> None:
    seen = watched(5, 1_000)
    for second in range(5, 8):
        seen.on_answer(make_status(sent=0, committed=0), second * SECOND_NS)

    assert 0.0 == min(*seen.rates(10)[0])


def test_what_a_restarted_replayer_learns_of_is_no_rate() -> None:
    seen = Observation()
    for second, (epoch, sent) in enumerate([(1, 9_000), (0, 0), (2, 9_000), (2, 9_500), (2, 0)]):
        status = make_status(epoch=epoch, sent=sent, committed=sent)
        seen.on_answer(status, second * SECOND_NS)

    assert ([0.0, 0.0, 500.0],) * 2 == seen.rates(10)


def test_seconds_of_silence_have_the_average() -> None:
    seen = Observation()
    for second, sent in ((0, 0), (4, 4_000), (5, 5_000)):
        seen.on_answer(make_status(sent=sent, committed=0), second * SECOND_NS)

    assert [1_000.0] * 4 == seen.rates(10)[0]


def test_it_does_not_grow_however_long_it_watches() -> None:
    assert HISTORY_SECONDS - 2 == len(watched(3 * HISTORY_SECONDS, 10).rates(10**6)[0])
