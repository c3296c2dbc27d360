"""A subscription ends when the replayer says so, and an end that nobody said is an error."""

from typing import Any

from zreplay.consumer.end_watch import LAST_WAIT_NS, LOST_NS, SILENCE_NS, EndWatch, Verdict


def said(state: str, record: int = 7) -> dict[str, Any]:
    return {"state": state, "record": record}


def test_nothing_is_asked_while_batches_come() -> None:
    watch = EndWatch(0)
    for now_ns in range(0, 10 * SILENCE_NS, SILENCE_NS - 1):
        assert not watch.is_to_ask(now_ns)
        watch.received(now_ns)


def test_a_silence_is_a_reason_to_ask_again_and_again() -> None:
    watch = EndWatch(0)

    assert watch.is_to_ask(SILENCE_NS)
    watch.answered(said("RUNNING"), SILENCE_NS)
    assert not watch.is_to_ask(2 * SILENCE_NS - 1)
    assert watch.is_to_ask(2 * SILENCE_NS)


def test_it_is_over_a_moment_after_the_replayer_is_done() -> None:
    watch = EndWatch(0)
    watch.answered(said("DONE"), SILENCE_NS)

    assert Verdict.GOES_ON is watch.waited(SILENCE_NS + LAST_WAIT_NS - 1)
    assert Verdict.IS_OVER is watch.waited(SILENCE_NS + LAST_WAIT_NS)
    assert not watch.was_stopped


def test_a_batch_after_done_puts_the_end_off() -> None:
    watch = EndWatch(0)
    watch.answered(said("DONE"), SILENCE_NS)
    watch.received(SILENCE_NS + 1)

    assert Verdict.GOES_ON is watch.waited(SILENCE_NS + LAST_WAIT_NS)


def test_a_replayer_that_never_answered_is_waited_for() -> None:
    watch = EndWatch(0)

    assert Verdict.GOES_ON is watch.answered(None, 100 * LOST_NS)


def test_one_of_which_something_came_is_not_waited_for_though_it_never_answered() -> None:
    watch = EndWatch(0)
    watch.received(SILENCE_NS)

    assert Verdict.GOES_ON is watch.answered(None, SILENCE_NS + LOST_NS - 1)
    assert Verdict.IS_LOST is watch.answered(None, SILENCE_NS + LOST_NS)


def test_one_that_answers_no_more_is_lost_with_the_last_record_that_it_named() -> None:
    watch = EndWatch(0)
    watch.answered(said("RUNNING", 4_711), SILENCE_NS)

    assert Verdict.GOES_ON is watch.answered(None, SILENCE_NS + LOST_NS - 1)
    assert Verdict.IS_LOST is watch.answered(None, SILENCE_NS + LOST_NS)
    assert 4_711 == watch.last_record


def test_one_that_was_ending_and_answers_no_more_was_stopped() -> None:
    watch = EndWatch(0)
    watch.answered(said("DRAINING"), SILENCE_NS)

    assert watch.is_to_ask(SILENCE_NS + LAST_WAIT_NS)
    assert Verdict.IS_OVER is watch.answered(None, SILENCE_NS + LAST_WAIT_NS + 1)
    assert watch.was_stopped


def test_a_stream_may_want_a_longer_wait_for_its_end() -> None:
    watch = EndWatch(0, 2 * LAST_WAIT_NS)
    watch.answered(said("DONE"), SILENCE_NS)

    assert Verdict.GOES_ON is watch.waited(SILENCE_NS + 2 * LAST_WAIT_NS - 1)
    assert Verdict.IS_OVER is watch.waited(SILENCE_NS + 2 * LAST_WAIT_NS)
