"""What is sent of a run, record by record: numbered, bounded by the window, in their order.

A batch is prepared, and nothing has happened until it is said to be sent. It holds quotes of one
mode, segment and pass, and none goes past the record of a command.
"""

from protocol.messages import HISTORICAL, Batch
from protocol.program_version import PROGRAM_VERSION
from zreplay.delivery.command import SeekTo
from zreplay.delivery.command_log import CommandLog
from zreplay.delivery.cursor import ReplayCursor
from zreplay.delivery.instructions import Change, Outgoing
from zreplay.delivery.mode_cursors import ModeCursors
from zreplay.delivery.window import CreditWindow
from zreplay.playback.batch_columns import BatchColumns
from zreplay.quotes.source import SegmentReason


class RecordStream:
    """Joins the window, the commands and the cursors of the inputs."""

    def __init__(self, run: bytes, window: CreditWindow, log: CommandLog) -> None:
        self.window = window
        self.log = log
        self.cursors = ModeCursors()
        self.sent_quotes = self.sent_batches = 0
        self.began_at: int | None = None
        """The record from which this process went on, None before the sink has said it."""

        self._run = run

    @property
    def is_last_pass(self) -> bool:
        """True if the files do not begin again where they end, as far as is commanded."""
        return self.cursors.is_rewound or not self.log.state.has_next_pass

    @property
    def wants_next_pass(self) -> bool:
        """True if the files begin again where they end."""
        return self.log.state.mode == HISTORICAL and not self.is_last_pass

    def begin(
        self, cursor: ReplayCursor | None, next_record: int, limit: int
    ) -> tuple[int, Change]:
        """Go on at a record, None is the very start; return how many quotes leave again.

        The change is what is commanded at that record.
        """
        self.cursors.begin(cursor)
        if self.began_at is None:
            self.began_at = next_record
        if cursor is None:
            self.log.begin()
        else:
            self.log.restore(cursor.state)
        self.log.assign_records(next_record)
        resent_quotes = max(0, self.window.next - next_record)
        self.window.welcome(next_record, limit)
        return resent_quotes, self.apply(self.log.state.mode)

    def apply(self, mode_before: str) -> Change:
        """Apply the commands whose record has come."""
        applied = self.log.apply_due(self.window.next)
        seeks = [each for each in applied if isinstance(each, SeekTo)]
        seek = seeks[-1] if seeks else None
        if seek is not None:
            self.cursors.seek(seek.arrival_ns)
        elif not self.log.state.has_next_pass:
            self.cursors.cancel_rewind()
        return Change(tuple(applied), seek, self.log.state.mode != mode_before)

    def room(self) -> int:
        """Return how many quotes the next batch may have: none goes past a command's record."""
        room = self.window.room_quotes()
        until_command = self.log.quotes_until_command(self.window.next)
        return room if until_command is None else min(room, until_command)

    def prepare(
        self, epoch: int, columns: BatchColumns, after: bytes, starts: SegmentReason | None
    ) -> Outgoing:
        """Return the next batch: these quotes of the mode, whose source is at `after` then."""
        mode = self.log.state.mode
        if self.cursors.is_rewound and mode == HISTORICAL:
            starts = SegmentReason.LOOP
        state = self.log.state.started(starts)
        batch = Batch(
            run=self._run,
            epoch=epoch,
            first=self.window.next,
            count=columns.quotes,
            segment=state.segment,
            reason=state.reason,
            mode=mode,
            attempt=1,
            cursor=self.cursors.cursor_behind(state, after),
            arrival_ns=columns.latest_arrival_ns,
            version=PROGRAM_VERSION,
            columns=columns.columns,
        )
        return Outgoing(batch, after, starts)

    def sent(self, outgoing: Outgoing, frame: bytes, now_ns: int) -> None:
        """Note that a batch has left."""
        batch, after, starts = outgoing
        if starts is not None:
            self.log.begin_segment(starts)
        self.cursors.sent(batch.mode, after)
        self.sent_quotes += batch.count
        self.sent_batches += 1
        self.window.sent(batch.count, frame, now_ns)
