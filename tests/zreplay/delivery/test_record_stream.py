"""Records are numbered without a gap, and none goes past a command, whatever was tried."""

from protocol.messages import HISTORICAL, LIVE
from tests.zreplay.example_quotes import make_block
from zreplay.delivery.command import Command, SeekTo, SetLoop, SetMode
from zreplay.delivery.command_log import CommandLog
from zreplay.delivery.cursor import ReplayCursor
from zreplay.delivery.instructions import Change, Outgoing
from zreplay.delivery.openings import OpenSought
from zreplay.delivery.record_stream import RecordStream
from zreplay.delivery.run_state import RunState
from zreplay.delivery.window import CreditWindow
from zreplay.playback.batch_columns import cut_of
from zreplay.quotes.source import SegmentReason

RUN = b"r" * 16
BEGUN = ReplayCursor(RunState(HISTORICAL, 3), b"h5", b"l5")


def stream_of(*commands: Command, passes: int | None = 1) -> RecordStream:
    log = CommandLog(RunState(passes=passes), list(commands))
    return RecordStream(RUN, CreditWindow(100, 1_000_000), log)


def prepare(stream: RecordStream, count: int = 1, *, is_gap: bool = False) -> Outgoing:
    starts = SegmentReason.GAP if is_gap else None
    return stream.prepare(7, cut_of(make_block(range(count))), b"after", starts)


def test_it_goes_on_where_the_sink_says_and_knows_what_leaves_again() -> None:
    stream = stream_of()
    assert (0, Change()) == stream.begin(None, 0, 50)
    stream.sent(prepare(stream, 4), b"frame", 0)
    again, _ = stream.begin(BEGUN, 1, 50)

    assert (3, 1, 49, 3) == (again, stream.window.next, stream.room(), stream.log.state.segment)
    assert (4, 1) == (stream.sent_quotes, stream.sent_batches)
    assert 0 == stream.began_at


def test_where_it_went_on_first_is_where_it_began() -> None:
    stream = stream_of()
    assert None is stream.began_at
    stream.begin(BEGUN, 5, 50)
    stream.begin(BEGUN, 7, 50)

    assert 5 == stream.began_at


def test_what_is_commanded_where_it_goes_on_is_done_there() -> None:
    stream = stream_of(SeekTo(1, 5), SetMode(LIVE, 5), SetMode(HISTORICAL, 5), SeekTo(2, 5))
    _, change = stream.begin(BEGUN, 5, 50)

    assert (SeekTo(2, 5), False, 4) == (change.seek, change.is_mode_changed, len(change.applied))
    opening = stream.cursors.to_open()
    assert opening is not None
    stream.cursors.opened(opening)
    assert OpenSought(2, b"h5") == stream.cursors.to_open()


def test_no_batch_goes_past_the_place_of_a_command() -> None:
    stream = stream_of(SetMode(LIVE, 3))
    stream.begin(None, 0, 50)
    assert 3 == stream.room()
    stream.sent(prepare(stream, 3), b"frame", 0)

    assert Change((SetMode(LIVE, 3),), is_mode_changed=True) == stream.apply(HISTORICAL)
    assert 47 == stream.room()


def test_what_is_prepared_has_not_happened() -> None:
    stream = stream_of()
    stream.begin(None, 0, 50)
    tried = [prepare(stream, 2, is_gap=True) for _ in range(2)]
    assert tried[0] == tried[1]
    assert (0, 0, 0) == (stream.window.next, stream.log.state.segment, stream.sent_batches)
    stream.sent(tried[0], b"frame", 0)

    assert (2, 1, 7) == (stream.window.next, stream.log.state.segment, tried[0].batch.epoch)


def test_another_pass_begins_with_its_first_quote() -> None:
    stream = stream_of(passes=2)
    stream.begin(None, 0, 50)
    assert (True, False) == (stream.wants_next_pass, stream.is_last_pass)
    stream.cursors.rewind()
    assert (False, True) == (stream.wants_next_pass, stream.is_last_pass)
    outgoing = prepare(stream)
    stream.sent(outgoing, b"frame", 0)

    assert (SegmentReason.LOOP, 1) == (outgoing.starts, stream.log.state.pass_number)


def test_a_pass_that_is_not_to_be_is_cancelled() -> None:
    stream = stream_of(passes=None)
    stream.begin(None, 0, 50)
    stream.cursors.rewind()
    stream.log.propose(SetLoop(passes=1), 0)
    stream.log.saved()
    stream.apply(HISTORICAL)

    assert (False, True) == (stream.cursors.is_rewound, stream.is_last_pass)
