"""The replayer's side of admission: HELLO until admitted, then PING, HELLO after a restart."""

import pytest
from msgspec.structs import replace

from protocol.errors import Fenced, ProtocolError, ResultLogError
from protocol.messages import (
    Ack,
    Batch,
    Columns,
    FencedNotice,
    Hello,
    Message,
    Offer,
    Ping,
    Refused,
    Report,
    Welcome,
)
from protocol.program_version import PROGRAM_VERSION
from zreplay.delivery.admission import IDLE_REPEAT_NS, REPEAT_NS, Admission

RUN, OTHER_RUN = b"r" * 16, b"o" * 16
NONCE, OTHER_NONCE = b"n" * 16, b"x" * 16
SINK, RESTARTED_SINK = 1111, 2222


def outside() -> Admission:
    return Admission(RUN, NONCE)


def inside(epoch: int = 3) -> Admission:
    admission = outside()
    admission.on_message(welcome(epoch), 0)
    return admission


def welcome(epoch: int = 3, nonce: bytes = NONCE) -> Welcome:
    return Welcome(nonce, epoch, 10, 100, b"", SINK, False, 0, 0, PROGRAM_VERSION)


def ack(run: bytes = RUN, epoch: int = 3, sink: int = SINK) -> Ack:
    return Ack(run, epoch, 10, 100, sink, (), 10, 0, 0, False, "")


def test_it_says_hello_at_once_and_again_until_it_is_let_in() -> None:
    admission = outside()

    assert Hello(RUN, NONCE, 0, 0, 0, PROGRAM_VERSION) == admission.to_send(0, None)
    assert admission.to_send(REPEAT_NS - 1, None) is None
    assert admission.due_ns() == REPEAT_NS
    assert Hello(RUN, NONCE, 0, 0, 0, PROGRAM_VERSION) == admission.to_send(REPEAT_NS, None)


def test_after_an_offer_the_hello_names_what_was_offered_at_once() -> None:
    admission = outside()
    admission.to_send(0, None)

    assert admission.on_message(Offer(NONCE, SINK, 2), 5) is None

    assert Hello(RUN, NONCE, 0, SINK, 2, PROGRAM_VERSION) == admission.to_send(5, None)


def test_a_welcome_lets_in_and_from_then_on_it_pings() -> None:
    admission = outside()
    admission.to_send(0, None)

    assert welcome() == admission.on_message(welcome(), 7)

    assert (True, 3, 7) == (admission.is_in, admission.epoch, admission.heard_ns)
    assert Ping(RUN, 3, None, 0) == admission.to_send(7, None)
    assert Ping(RUN, 3, 500, 0) == admission.to_send(7 + REPEAT_NS, 500)


def test_with_nothing_in_flight_it_pings_rarely_but_only_if_the_last_was_answered() -> None:
    admission = inside()
    admission.to_send(10, None)

    assert 10 + REPEAT_NS == admission.due_ns(is_idle=True)

    admission.on_message(ack(), 20)

    assert 10 + IDLE_REPEAT_NS == admission.due_ns(is_idle=True)
    assert admission.to_send(10 + REPEAT_NS, None, is_idle=True) is None
    assert 10 + REPEAT_NS == admission.due_ns()


def test_a_sink_is_silent_since_the_first_question_that_it_did_not_answer() -> None:
    admission = inside()
    admission.to_send(10, None)
    admission.on_message(ack(), 20)
    asked_ns = 10 + IDLE_REPEAT_NS
    assert admission.to_send(asked_ns, None, is_idle=True) is not None
    assert admission.to_send(asked_ns + REPEAT_NS, None, is_idle=True) is not None

    assert 5 + REPEAT_NS == admission.silent_ns(asked_ns + REPEAT_NS + 5)

    admission.on_message(ack(), asked_ns + REPEAT_NS + 6)

    assert 0 == admission.silent_ns(10 * IDLE_REPEAT_NS)


def test_the_epoch_it_holds_goes_with_the_next_hello() -> None:
    admission = inside()
    admission.leave(OTHER_NONCE)

    assert Hello(RUN, OTHER_NONCE, 3, SINK, 0, PROGRAM_VERSION) == admission.to_send(0, None)


@pytest.mark.parametrize(
    "message",
    [
        Offer(OTHER_NONCE, SINK, 9),
        welcome(nonce=OTHER_NONCE),
        Refused(OTHER_NONCE, "another run", ""),
        ack(),
        Report((), 0, 0, "", 0, 0, ()),
        FencedNotice(held_epoch=8, epoch=9),
        Batch(RUN, 1, 0, 0, 0, "", "live", 1, b"", 0, "", Columns(*[b""] * 7, (), b"")),
    ],
)
def test_outside_the_door_what_is_not_meant_for_this_way_in_changes_nothing(
    message: Message,
) -> None:
    admission = outside()

    assert admission.on_message(message, 5) is None
    assert outside() == admission


@pytest.mark.parametrize(
    "message",
    [
        welcome(epoch=9),
        Offer(NONCE, RESTARTED_SINK, 9),
        Refused(NONCE, "late", ""),
        ack(run=OTHER_RUN),
        ack(epoch=2),
        FencedNotice(held_epoch=2, epoch=3),
    ],
)
def test_inside_a_message_for_another_life_changes_nothing(message: Message) -> None:
    admission = inside()

    assert admission.on_message(message, 5) is None
    assert inside() == admission


def test_an_acknowledgement_is_heard_and_handed_on() -> None:
    admission = inside()

    assert ack() == admission.on_message(ack(), 42)
    assert admission.heard_ns == 42


def test_a_report_is_handed_on_but_is_no_sign_that_batches_are_judged() -> None:
    admission = inside()

    report = Report((), 1, 0, "", 0, 0, ())
    assert report == admission.on_message(report, 42)
    assert admission.heard_ns == 0


def test_a_sink_that_was_restarted_is_known_by_its_incarnation() -> None:
    admission = inside()

    assert not admission.is_of_other_incarnation(ack())
    assert admission.is_of_other_incarnation(ack(sink=RESTARTED_SINK))


def test_leaving_means_hello_at_once_and_old_acknowledgements_are_void() -> None:
    admission = inside()
    admission.to_send(0, None)
    admission.leave(OTHER_NONCE)

    assert not admission.is_in
    assert admission.on_message(ack(), 5) is None
    assert isinstance(admission.to_send(1, None), Hello)


def test_a_fenced_replayer_ends_with_exit_code_5() -> None:
    with pytest.raises(Fenced, match=r"epoch 4\).*epoch 3") as caught:
        inside().on_message(FencedNotice(held_epoch=3, epoch=4), 0)
    assert caught.value.exit_code == 5


def test_a_refusal_ends_with_what_the_sink_says_and_exit_code_6() -> None:
    with pytest.raises(ResultLogError) as caught:
        outside().on_message(Refused(NONCE, "the folder holds another run", "--fresh"), 0)

    assert str(caught.value) == "the folder holds another run\nfix: --fresh"
    assert caught.value.exit_code == 6


@pytest.mark.parametrize("epoch", [2, 3])
def test_an_epoch_that_is_over_is_not_taken(epoch: int) -> None:
    admission = inside(epoch=3)
    admission.leave(OTHER_NONCE)
    with pytest.raises(ProtocolError, match=f"epoch {epoch}") as caught:
        admission.on_message(welcome(epoch, OTHER_NONCE), 0)

    assert "Z500" == caught.value.code


def test_of_a_run_that_is_finished_meanwhile_the_epoch_is_the_one_it_had() -> None:
    admission = inside(epoch=3)
    admission.leave(OTHER_NONCE)
    finished = replace(welcome(3, OTHER_NONCE), finished=True)

    assert finished == admission.on_message(finished, 0)
