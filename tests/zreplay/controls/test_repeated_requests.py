"""A request with an id is done once; what was refused may be tried again."""

from concurrent.futures import Future

import pytest

from protocol.errors import SettingsError
from zreplay.controls.repeated_requests import MOST, RepeatedRequests
from zreplay.controls.responder import Answer, Request

STEP = Request("step", "10", "a")
DONE: Answer = {"ok": True, "sent": 10}


def test_a_request_that_was_carried_out_has_the_same_answer() -> None:
    repeated = RepeatedRequests()
    assert repeated.answer_of(STEP) is None
    repeated.keep(STEP, DONE)

    assert DONE is repeated.answer_of(Request("step", "10", "a"))
    assert repeated.answer_of(Request("step", "10", "b")) is None


def test_one_without_an_id_is_a_new_one_each_time() -> None:
    repeated, step = RepeatedRequests(), Request("step", "10")
    repeated.keep(step, DONE)

    assert repeated.answer_of(step) is None


def test_one_that_takes_its_time_is_waited_for_by_both() -> None:
    repeated, later = RepeatedRequests(), Future[Answer]()
    repeated.keep(STEP, later)

    assert later is repeated.answer_of(STEP)


def test_one_that_was_refused_later_is_tried_again() -> None:
    repeated, later = RepeatedRequests(), Future[Answer]()
    repeated.keep(STEP, later)
    later.set_exception(SettingsError("the files are at their end"))

    assert repeated.answer_of(STEP) is None


@pytest.mark.parametrize("other", [Request("step", "11", "a"), Request("seek", "+5s", "a")])
def test_an_id_of_another_request_is_refused_with_what_it_was_given_to(other: Request) -> None:
    repeated = RepeatedRequests()
    repeated.keep(STEP, DONE)

    with pytest.raises(SettingsError, match="id 'a' was given to step 10"):
        repeated.answer_of(other)


def test_the_oldest_is_forgotten() -> None:
    repeated = RepeatedRequests()
    for number in range(MOST + 1):
        repeated.keep(Request("step", "1", f"{number}"), DONE)

    assert repeated.answer_of(Request("step", "1", "0")) is None
    assert repeated.answer_of(Request("step", "1", "1")) is DONE
