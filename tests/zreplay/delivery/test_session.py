"""In whatever order things come, nothing leaves too early and each cursor is the place behind."""

from itertools import count
from pathlib import Path
from typing import Any

import pytest

from protocol import codec
from protocol.errors import ProtocolError, ResultLogError
from protocol.messages import HISTORICAL, LIVE, Ack, Message, Offer, Ping, Report, Welcome
from protocol.program_version import PROGRAM_VERSION
from tests.zreplay.example_quotes import make_block
from tests.zreplay.fakes import NONCE, make_session, open_all, save, welcome
from zreplay.delivery.command import Command, SeekTo, SetLoop, SetMode
from zreplay.delivery.cursor import ReplayCursor
from zreplay.delivery.instructions import Change, Complete, Left, Outgoing, Reopen, Saving
from zreplay.delivery.openings import OpenRun, ReturnToEnd
from zreplay.delivery.run_state import RunState
from zreplay.delivery.session import Session
from zreplay.playback.batch_columns import cut_of
from zreplay.quotes.source import SegmentReason
from zreplay.settings import ReplaySettings

RUN = b"r" * 16
COMPLETE = Welcome(
    nonce=NONCE,
    epoch=3,
    next=30,
    cursor=b"the end",
    sink_incarnation=1,
    limit=100,
    finished=True,
    commanded=0,
    period_ns=0,
    version=PROGRAM_VERSION,
)
BEGUN = ReplayCursor(historical=b"h5", live=b"l5")


def session_of(*commands: Command, **settings: Any) -> Session:
    return make_session(
        ReplaySettings(historical=(Path("a.csv"),), live=("ws://x",), **settings), RUN, commands
    )


def prepare(session: Session, after: bytes = b"", quotes: int = 1, **more: Any) -> Outgoing:
    block = make_block(range(quotes))
    return session.prepare(cut_of(block), after, more.get("starts"))


def send(session: Session, after: bytes = b"", quotes: int = 1) -> Change:
    outgoing = prepare(session, after, quotes)
    return session.sent(outgoing, codec.encode(outgoing.batch), 0)


def say(session: Session, command: Command) -> Change:
    session.propose(command)
    return save(session)


def let_in(session: Session, *place: Any, **more: Any) -> Reopen:
    """Let a session in, its inputs open where it goes on."""
    reopen = welcome(session, *place, **more)
    open_all(session)
    return reopen


def hear(session: Session, message: Message) -> object:
    return session.on_message(message, 0, files_ended=False)


def ack(session: Session, next_record: int, **more: Any) -> Ack:
    fields = {"limit": 10**6, "held": (), "mids": next_record, "skipped": 0, "stalled": "", **more}
    fields = {"blank": 0, **fields}
    fields = {"sink_incarnation": 1, "finished": False, "epoch": session.epoch, **fields}
    return Ack(run=RUN, next=next_record, **fields)


def place_of(outgoing: Outgoing) -> ReplayCursor:
    return ReplayCursor.unpack(bytes(outgoing.batch.cursor))


def test_nothing_leaves_before_the_sink_has_said_where_the_run_goes_on() -> None:
    session = session_of()
    assert 0 == session.room()

    reopen = let_in(session, BEGUN, 5, limit=100)

    assert (95, 5) == (session.room(), reopen.next)


@pytest.mark.parametrize("cursor", [None, BEGUN])
def test_nothing_leaves_before_the_inputs_are_open_where_it_goes_on(
    cursor: ReplayCursor | None,
) -> None:
    session = session_of(exit_when_done=True)
    welcome(session, cursor, 5)
    place = cursor or ReplayCursor()
    wanted = session.cursors.to_open()
    assert OpenRun({HISTORICAL: place.historical, LIVE: place.live}, cursor is not None) == wanted
    assert (0, None) == (session.room(), session.end(files_ended=True))

    session.cursors.opened(wanted)

    assert session.room()
    assert 5 == session.end(files_ended=True)


def test_what_was_opened_for_an_earlier_epoch_is_void() -> None:
    session = session_of()
    welcome(session, BEGUN, 5)
    late = session.cursors.to_open()
    assert late is not None
    welcome(session, BEGUN, 5)
    session.cursors.opened(late)

    assert 0 == session.room()
    open_all(session)
    assert session.room()


@pytest.mark.parametrize(
    "restarted", [lambda session: ack(session, 0, sink_incarnation=2), lambda _: None]
)
def test_nothing_leaves_after_the_sink_was_restarted(restarted: Any) -> None:
    session = session_of()
    let_in(session)
    message = restarted(session) or Offer(bytes(16), 2, 0)

    assert isinstance(hear(session, message), Left)
    assert (0, False, None) == (session.room(), session.is_in, session.overdue())


def test_without_a_sink_it_begins_at_once_and_nothing_stays_in_flight() -> None:
    session = session_of(acks="none")
    session.begin_without_sink()
    open_all(session)
    send(session, quotes=3)

    assert (3, 0) == (session.window.committed, session.window.in_flight_quotes)
    assert None is session.to_send(0, files_ended=True)
    say(session, SetMode(LIVE))
    assert (LIVE, None) == (session.state.mode, session.to_save())


def test_nothing_leaves_between_a_command_and_its_place_on_disk() -> None:
    session = session_of()
    let_in(session, BEGUN, 5)
    assert 5 == session.propose(SetMode(LIVE))
    assert (Saving(session.epoch, [SetMode(LIVE, 5)]), 0, HISTORICAL) == (
        session.to_save(),
        session.room(),
        session.state.mode,
    )

    change = save(session)

    assert Change((SetMode(LIVE, 5),), is_mode_changed=True) == change
    assert (None, LIVE) == (session.to_save(), session.state.mode)
    assert session.room()


def test_a_command_that_could_not_be_saved_has_not_happened() -> None:
    session = session_of()
    let_in(session, BEGUN, 5)
    session.propose(SetMode(LIVE))
    session.withdraw()

    assert (HISTORICAL, None, []) == (session.state.mode, session.to_save(), session.log.kept)
    assert session.room()


def test_a_command_from_before_the_sink_was_there_gets_its_place_on_disk_first() -> None:
    session = session_of()
    assert None is session.propose(SetMode(LIVE))
    assert Change() == save(session)

    reopen = let_in(session, BEGUN, 5)

    assert (SetMode(LIVE, 5),) == reopen.change.applied
    saving = Saving(session.epoch, [SetMode(LIVE, 5)])
    assert (saving, 0) == (session.to_save(), session.room())
    assert Change() == save(session)
    assert session.room()


def test_what_was_saved_for_an_earlier_epoch_is_void_and_is_saved_over() -> None:
    session = session_of()
    let_in(session, BEGUN, 5)
    session.propose(SetMode(LIVE))
    late = session.to_save()
    let_in(session, BEGUN, 5)

    assert (None, HISTORICAL, 0) == (session.saved(late), session.state.mode, session.room())
    assert Saving(session.epoch, []) == session.to_save()
    assert Change() == save(session)
    assert session.room()


def test_what_is_commanded_is_told_the_sink_once_it_is_on_disk_and_at_once() -> None:
    session = session_of()
    let_in(session, BEGUN, 5)
    assert Ping(RUN, 1, None, 0) == session.to_send(0, files_ended=False)

    session.propose(SeekTo(7))
    assert 0 == session.log.commanded
    save(session)

    assert Ping(RUN, 1, None, 6) == session.to_send(0, files_ended=False)


def test_commands_that_are_lost_and_not_committed_end_the_run() -> None:
    with pytest.raises(ResultLogError, match="before record 6, the sink has 5") as caught:
        welcome(session_of(), BEGUN, 5, commanded=6)

    assert ("Z609", True) == (caught.value.code, "--fresh" in caught.value.fix)


@pytest.mark.parametrize(
    ("commands", "commanded"), [((), 5), ((SeekTo(7, 5),), 6), ((SeekTo(7, 3),), 5)]
)
def test_a_run_goes_on_that_has_all_its_commands_or_whose_sink_has(
    commands: tuple[SeekTo, ...], commanded: int
) -> None:
    assert 5 == let_in(session_of(*commands), BEGUN, 5, commanded=commanded).next


def test_while_a_command_waits_for_the_disk_the_run_has_no_end() -> None:
    session = session_of(exit_when_done=True)
    let_in(session)
    assert 0 == session.end(files_ended=True)
    session.propose(SeekTo(None))
    assert None is session.end(files_ended=True)
    save(session)
    assert None is session.end(files_ended=True)
    open_all(session)

    assert 0 == session.end(files_ended=True)


def test_no_batch_goes_past_the_place_of_a_command() -> None:
    session = session_of(SetMode(LIVE, 3), SetLoop(passes=None, record=5))
    let_in(session)
    assert 3 == session.room()

    change = send(session, quotes=3)

    assert (SetMode(LIVE, 3),) == change.applied
    assert (LIVE, 2) == (session.state.mode, session.room())


def test_a_cursor_is_the_place_behind_its_batch_and_the_other_modes_where_they_stood() -> None:
    session = session_of()
    let_in(session, BEGUN, 5)
    send(session, b"h6")
    say(session, SetMode(LIVE))
    live = place_of(prepare(session, b"l6"))
    send(session, b"l6")
    say(session, SetMode(HISTORICAL))
    back = place_of(prepare(session, b"h7"))

    assert (b"h6", b"l6") == (live.historical, live.live)
    assert (b"h7", b"l6") == (back.historical, back.live)
    assert (RunState(LIVE, 1, SegmentReason.MODE), 2) == (live.state, back.state.segment)


def test_a_segment_begins_once_its_first_batch_was_sent_however_often_it_was_tried() -> None:
    session = session_of()
    let_in(session)
    tried = [prepare(session, starts=SegmentReason.GAP) for _ in range(3)]
    assert {1} == {outgoing.batch.segment for outgoing in tried}
    assert 0 == session.state.segment

    session.sent(tried[-1], b"", 0)

    assert RunState(HISTORICAL, 1, SegmentReason.GAP) == session.state
    assert 1 == prepare(session).batch.segment


def test_after_a_seek_nothing_leaves_before_its_place_is_known() -> None:
    session = session_of()
    let_in(session, BEGUN, 5)
    change = say(session, SeekTo(7))
    assert (SeekTo(7, 5), 0) == (change.seek, session.room())

    open_all(session, b"h99")
    say(session, SetMode(LIVE))

    assert b"h99" == place_of(prepare(session, b"l6")).historical


def test_of_two_seeks_at_one_place_the_last_counts() -> None:
    session = session_of(SeekTo(1, 0), SetMode(LIVE, 0), SetMode(HISTORICAL, 0), SeekTo(2, 0))

    assert SeekTo(2, 0) == let_in(session).change.seek


def test_another_pass_begins_with_its_first_quote_and_ends_the_run_only_then() -> None:
    session = session_of(loop=2, exit_when_done=True)
    let_in(session)
    send(session, b"h1")
    assert (True, None) == (session.stream.wants_next_pass, session.end(files_ended=True))
    session.cursors.rewind()
    open_all(session)
    assert (False, 0) == (session.stream.wants_next_pass, session.state.pass_number)

    say(session, SetMode(LIVE))
    live = place_of(prepare(session, b"l1"))
    assert (b"h1", 0) == (live.historical, live.state.pass_number)
    say(session, SetMode(HISTORICAL))
    first = prepare(session, b"h1")
    assert ("loop", 1) == (first.batch.reason, place_of(first).state.pass_number)
    session.sent(first, b"", 0)

    assert (False, 2) == (session.stream.wants_next_pass, session.end(files_ended=True))
    assert None is session.end(files_ended=False)


def test_a_pass_that_is_taken_back_leaves_the_files_at_their_end() -> None:
    session = session_of(loop=None)
    let_in(session)
    session.cursors.rewind()
    open_all(session)
    say(session, SetLoop(passes=1))

    assert (ReturnToEnd(), False) == (session.cursors.to_open(), session.cursors.is_rewound)
    assert not session.is_at_end(files_ended=True)
    open_all(session)
    assert session.is_at_end(files_ended=True)
    say(session, SetMode(LIVE))
    assert None is session.cursors.to_open()


def test_files_without_a_quote_are_not_begun_again_and_again() -> None:
    session = session_of(loop=None)
    let_in(session)
    session.cursors.rewind()
    open_all(session)

    assert session.is_at_end(files_ended=True)


def test_quotes_that_leave_again_are_counted() -> None:
    session = session_of()
    let_in(session)
    for number in range(4):
        send(session, b"h%d" % number)

    assert (3, 0) == tuple(let_in(session, BEGUN, at).resent_quotes for at in (1, 1))


def test_of_a_run_that_was_complete_an_acknowledgement_says_only_that_it_is_finished() -> None:
    session = session_of()
    session.admission.leave(NONCE)
    event = hear(session, COMPLETE)
    hear(session, ack(session, 30, finished=True))

    assert isinstance(event, Complete)
    assert (True, True, 0) == (
        session.ending.was_complete,
        session.ending.is_finished,
        session.window.next,
    )
    assert (0, True) == (session.room(), session.ending.is_settled(None))


def test_a_sink_whose_logs_were_damaged_may_go_on_with_a_run_that_was_complete() -> None:
    session = session_of()
    session.admission.leave(NONCE)
    hear(session, COMPLETE)
    let_in(session, BEGUN, 5)
    send(session, b"h6")
    hear(session, ack(session, 6))

    assert (False, 6) == (session.ending.was_complete, session.window.committed)


def test_a_run_that_is_finished_elsewhere_than_it_ends_is_an_error() -> None:
    session = session_of()
    let_in(session)
    send(session, quotes=2)
    with pytest.raises(ProtocolError, match="finished the run at record 1") as refused:
        hear(session, ack(session, 1, finished=True))

    assert "Z500" == refused.value.code


def test_the_end_is_told_at_once_when_all_of_it_is_committed() -> None:
    session = session_of(exit_when_done=True)
    let_in(session)
    assert isinstance(session.to_send(1, files_ended=False), Ping)
    send(session)
    session.on_message(ack(session, 1), 2, files_ended=True)

    assert Ping(RUN, session.epoch, 1, 0) == session.to_send(2, files_ended=True)


def test_a_draining_run_sends_nothing_and_has_no_end() -> None:
    session = session_of(exit_when_done=True)
    let_in(session)
    session.ending.is_draining = True

    assert (0, None) == (session.room(), session.end(files_ended=True))


def test_what_the_sink_reports_is_kept_for_who_looks() -> None:
    session = session_of()
    let_in(session)
    report = Report((), 0, 0, "a problem", 0, 0, ())
    hear(session, report)

    assert report == session.last_report


def test_each_way_in_has_a_nonce_of_its_own() -> None:
    numbers = count()
    session = Session(RUN, RunState(), [], session_of().window, lambda: next(numbers).to_bytes(16))
    let_in(session)
    hear(session, ack(session, 0, sink_incarnation=2))

    assert 1 == int.from_bytes(session.admission.nonce)
