"""Deliberate bugs in the production objects: what a test of the simulation must catch.

Not among them, for it does no harm here: freeing a batch that the sink only holds. A sink that
forgets it was restarted, and then everything after its cursor is read and sent again.
"""

from collections.abc import Callable
from typing import Any
from unittest.mock import patch

from msgspec.structs import replace

from protocol.commit import Tail
from protocol.messages import Ack, Result
from tests.simulation.disk import SimulatedDisk
from zmid import result_log
from zmid.log_files import LogFiles
from zmid.recovery import Recovery
from zmid.resequence import Resequencer, Verdict
from zmid.result_log import ResultLog
from zmid.sink_state import SinkState
from zreplay.delivery.admission import Admission
from zreplay.delivery.command import Command, SeekTo
from zreplay.delivery.command_log import CommandLog
from zreplay.delivery.instructions import Outgoing, Reopen
from zreplay.delivery.mode_cursors import ModeCursors
from zreplay.delivery.openings import Opening, Openings
from zreplay.delivery.run_state import RunState
from zreplay.delivery.session import Session
from zreplay.historical import seek
from zreplay.ordering import arrival_order
from zreplay.ordering.order_cursor import Key, OrderCursor
from zreplay.ordering.read_places import ReadPlaces
from zreplay.playback import playhead
from zreplay.quotes.rejection import RowCode
from zreplay.recordings.csv import judged_rows
from zreplay.recordings.csv.line_fields import Fault
from zreplay.recordings.csv.line_rows import Row, read_line
from zreplay.recordings.formats.layout import Layout
from zreplay.replayer import checkpoint_ring
from zreplay.replayer.checkpoint_ring import CheckpointRing
from zreplay.replayer.rejected_log import RejectedLog

Mutant = Callable[[], Any]


def no_epoch_check_on_results() -> Any:
    honest = Resequencer.accept

    def accept(self: Resequencer, result: Result) -> Verdict:
        self._run, self._epoch = result.run, result.epoch or self._epoch
        return honest(self, result)

    return patch.object(Resequencer, "accept", accept)


def acknowledges_before_the_commit() -> Any:
    honest = SinkState.ack

    def ack(self: SinkState) -> Ack:
        answer = honest(self)
        end = max((first + count for first, count in answer.held), default=answer.next)
        more = max(answer.next, end) - answer.next
        ahead = {"next": answer.next + more, "mids": answer.mids + more}
        return Ack(**{**fields_of(answer), **ahead})

    return patch.object(SinkState, "ack", ack)


def does_not_finish_renames() -> Any:
    return patch.object(LogFiles, "_settle", lambda self, name, tail, present: None)


def renames_before_the_commit() -> Any:
    honest = LogFiles.sync

    def sync(self: LogFiles, appended: Any) -> None:
        honest(self, appended)
        self.close(appended)

    return patch.object(LogFiles, "sync", sync)


def sends_quotes_of_two_periods_together() -> Any:
    return patch.object(playhead, "count_in_first_period", lambda arrivals, period: len(arrivals))


def does_not_cut_at_recovery() -> Any:
    return patch.object(SimulatedDisk, "truncate", lambda self, name, length: None)


def takes_duplicates() -> Any:
    def take(self: Resequencer, max_bytes: int) -> list[Result]:
        first = self._held.pop(self.next, None)
        if first is None:
            return []
        self.next += first.count
        self._held[self.next] = first  # and once more
        return [first]

    return patch.object(Resequencer, "take", take)


def takes_a_part_of_a_batch_for_all_of_it() -> Any:
    def next_batch(self: Resequencer) -> list[Result]:
        return [self._held[self.next]] if self.next in self._held else []

    return patch.object(Resequencer, "_next_batch", next_batch)


def begins_outputs_behind_what_is_left_of_them() -> Any:
    def begin(self: ResultLog, processors: Any) -> Any:
        before = self._following()
        if before.processors == processors:
            return before
        tails = (Tail(),) * len(result_log.output_names(processors))
        return replace(before, processors=processors, output_tails=tails)

    return patch.object(ResultLog, "_with_outputs", begin)


def recovers_the_two_logs_alone() -> Any:
    honest = LogFiles.settle

    def settle(self: LogFiles, commit: Any) -> None:
        honest(self, replace(commit, processors=(), output_tails=()))

    return patch.object(LogFiles, "settle", settle)


def commits_before_the_data() -> Any:
    honest = ResultLog._commit

    def commit(self: ResultLog, commit: Any, *data: Any) -> None:
        slot = result_log.pack(commit)
        self._disk.write(result_log.RING, result_log._slot_offset(commit), slot)
        honest(self, commit, *data)

    return patch.object(ResultLog, "_commit", commit)


def has_one_slot() -> Any:
    return patch.object(result_log, "SLOT_COUNT", 1)


def applies_a_command_that_is_not_kept() -> Any:
    honest = CommandLog.__init__

    def begin(self: CommandLog, start: RunState, commands: list[Command]) -> None:
        honest(self, start, [])

    return patch.object(CommandLog, "__init__", begin)


def lets_a_command_overtake() -> Any:
    def placed(self: CommandLog, command: Command, next_record: int | None) -> Command:
        return replace(command, record=next_record)

    return patch.object(CommandLog, "_numbered", placed)


def ignores_that_the_sink_was_restarted() -> Any:
    return patch.object(Admission, "is_of_other_incarnation", lambda self, ack: False)


def forgets_the_last_key_at_a_resume() -> Any:
    return patch.object(arrival_order, "unsent", lambda block, sent_key: block)


def keeps_an_older_mode_at_the_start() -> Any:
    return patch.object(CommandLog, "begin", lambda self: None)


def seeks_without_keeping_it() -> Any:
    honest = CommandLog.kept.fget

    def kept(self: CommandLog) -> list[Any]:
        assert honest is not None
        return [command for command in honest(self) if not isinstance(command, SeekTo)]

    return patch.object(CommandLog, "kept", property(kept))


def loses_the_pass_at_a_resume() -> Any:
    honest = CommandLog.restore

    def restore(self: CommandLog, state: RunState) -> None:
        honest(self, state._replace(pass_number=0))

    return patch.object(CommandLog, "restore", restore)


def forgets_at_a_resume_that_it_loops() -> Any:
    honest = CommandLog.restore

    def restore(self: CommandLog, state: RunState) -> None:
        honest(self, state._replace(passes=self._start.passes))

    return patch.object(CommandLog, "restore", restore)


def seeks_in_the_file_without_a_last_key() -> Any:
    return patch.object(seek, "key_before", lambda arrival_ns: (-(2**63), 0))


def goes_on_from_a_later_checkpoint() -> Any:
    honest = CheckpointRing.newest

    def newest(self: CheckpointRing, key: Key, refused: int) -> OrderCursor | None:
        checkpoint = honest(self, (2**63 - 1, 0), refused)
        return checkpoint and checkpoint._replace(last_key=min(key, checkpoint.last_key))

    return patch.object(CheckpointRing, "newest", newest)


def takes_a_damaged_slot_for_a_checkpoint() -> Any:
    return patch.object(checkpoint_ring, "crc32", lambda data: 0)


def puts_a_checkpoint_behind_quotes_that_wait() -> Any:
    return patch.object(ReadPlaces, "files", lambda self: list(self._ends))


def believes_the_newest_commit() -> Any:
    def recover(commits: Any, check: Any) -> Recovery:
        return Recovery(commits[-1] if commits else None)

    return patch.object(result_log, "recover", recover)


def checks_only_the_newest_group() -> Any:
    honest = result_log.recover

    def recover(commits: Any, check: Any) -> Recovery:
        tails = [tail for commit in commits[-2:] for tail in commit.tails.values()]

        def check_some(name: str, before: Any, tail: Any) -> str | None:
            return check(name, before, tail) if before in tails else None

        return honest(commits, check_some)

    return patch.object(result_log, "recover", recover)


def takes_a_damaged_slot_for_a_commit() -> Any:
    return patch("protocol.commit.crc32", lambda data, start=0: start)


def forgets_committed_commands() -> Any:
    return patch.object(CommandLog, "kept", property(lambda self: self.commands))


def takes_a_lost_batch_for_poison() -> Any:
    return patch.multiple("zreplay.delivery.window", POISON_RESENDS=1, POISON_CHANCE=2.0)


def lists_rejected_rows_again_at_a_resume() -> Any:
    return patch.object(RejectedLog, "_is_new", lambda self, file, offset: True)


def judges_the_ignored_columns() -> Any:
    """Only where the judge is asked, as pyarrow never does."""

    def read_judging_all(line: bytes, layout: Layout) -> Row | Fault:
        try:
            line.decode()
        except UnicodeDecodeError:
            return Fault("", "", "not UTF-8", RowCode.NOT_TEXT)
        return read_line(line, layout)

    return patch.object(judged_rows, "read_line", read_judging_all)


def opens_the_window_before_commands_have_their_places() -> Any:
    honest = Session._begin

    def begin(self: Session, cursor: Any, next_record: int, limit: int) -> Reopen:
        with patch.object(CommandLog, "assign_records", lambda self, next_record: False):
            reopen = honest(self, cursor, next_record, limit)
        self.log.assign_records(next_record)
        return reopen

    return patch.object(Session, "_begin", begin)


def begins_a_segment_before_its_batch_is_sent() -> Any:
    honest = Session.prepare

    def prepare(self: Session, *arguments: Any) -> Outgoing:
        outgoing = honest(self, *arguments)
        if outgoing.starts is not None:
            self.log.begin_segment(outgoing.starts)
        return outgoing._replace(starts=None)

    return patch.object(Session, "prepare", prepare)


def packs_the_place_of_the_other_mode_as_it_was_opened() -> Any:
    begin, honest = ModeCursors.begin, ModeCursors.cursor_behind
    opened: dict[ModeCursors, dict[Any, bytes]] = {}

    def noting(self: ModeCursors, cursor: Any) -> None:
        begin(self, cursor)
        opened[self] = dict(self._places)

    def cursor_behind(self: ModeCursors, state: RunState, after: bytes) -> bytes:
        with patch.object(self, "_places", opened[self]):
            return honest(self, state, after)

    return patch.multiple(ModeCursors, begin=noting, cursor_behind=cursor_behind)


def sends_before_the_inputs_are_open() -> Any:
    return patch.object(ModeCursors, "are_open", True)


def takes_what_is_not_wanted_any_more_for_what_is() -> Any:
    def done(self: Openings, opening: Opening) -> bool:
        if self._wanted:
            del self._wanted[0]
        return True

    return patch.object(Openings, "done", done)


def takes_what_was_saved_in_an_earlier_epoch_for_the_present() -> Any:
    honest = Session.saved

    def saved(self: Session, saving: Any) -> Any:
        return honest(self, None)

    return patch.object(Session, "saved", saved)


def sends_before_places_are_on_disk() -> Any:
    return patch.object(CommandLog, "is_saved", True)


MUTANTS: tuple[Mutant, ...] = (
    no_epoch_check_on_results,
    acknowledges_before_the_commit,
    does_not_cut_at_recovery,
    does_not_finish_renames,
    renames_before_the_commit,
    sends_quotes_of_two_periods_together,
    takes_duplicates,
    takes_a_part_of_a_batch_for_all_of_it,
    begins_outputs_behind_what_is_left_of_them,
    recovers_the_two_logs_alone,
    commits_before_the_data,
    has_one_slot,
    applies_a_command_that_is_not_kept,
    lets_a_command_overtake,
    ignores_that_the_sink_was_restarted,
    forgets_the_last_key_at_a_resume,
    keeps_an_older_mode_at_the_start,
    seeks_without_keeping_it,
    loses_the_pass_at_a_resume,
    forgets_at_a_resume_that_it_loops,
    seeks_in_the_file_without_a_last_key,
    goes_on_from_a_later_checkpoint,
    takes_a_damaged_slot_for_a_checkpoint,
    puts_a_checkpoint_behind_quotes_that_wait,
    believes_the_newest_commit,
    checks_only_the_newest_group,
    takes_a_damaged_slot_for_a_commit,
    forgets_committed_commands,
    takes_a_lost_batch_for_poison,
    lists_rejected_rows_again_at_a_resume,
    judges_the_ignored_columns,
    opens_the_window_before_commands_have_their_places,
    begins_a_segment_before_its_batch_is_sent,
    packs_the_place_of_the_other_mode_as_it_was_opened,
    sends_before_the_inputs_are_open,
    takes_what_is_not_wanted_any_more_for_what_is,
    sends_before_places_are_on_disk,
    takes_what_was_saved_in_an_earlier_epoch_for_the_present,
)


def fields_of(message: Any) -> dict[str, Any]:
    return {name: getattr(message, name) for name in message.__slots__}
