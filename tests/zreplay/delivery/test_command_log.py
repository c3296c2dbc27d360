"""An accepted command has one place in the record order, also after a restart."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from protocol.errors import SettingsError
from protocol.messages import COMMITS_KEPT, HISTORICAL, LIVE
from zreplay.delivery.command import Command, SeekTo, SetLoop, SetMode
from zreplay.delivery.command_log import CommandLog
from zreplay.delivery.run_state import RunState
from zreplay.quotes.source import SegmentReason

MODE, SEEK, GAP = SegmentReason.MODE, SegmentReason.SEEK, SegmentReason.GAP

LENGTH = 30


def log_of(commands: list[Command], mode: str = HISTORICAL) -> CommandLog:
    return CommandLog(RunState(mode), commands)


def accept(log: CommandLog, command: Command, next_record: int | None) -> list[Command]:
    """Accept a command as the session does; return what belonged on disk before."""
    log.propose(command, next_record)
    assert not log.is_saved
    kept = log.to_save()
    assert kept is not None
    log.saved()
    return kept


def mode_at(record: int, commands: list[SetMode]) -> str:
    """The mode of a record by definition: the last command at or before it."""
    earlier = [command for command in commands if (command.record or 0) <= record]
    return earlier[-1].mode if earlier else HISTORICAL


def played(log: CommandLog, start: int, end: int, batch: int) -> list[tuple[str, int]]:
    """Play records in batches as the player does; return the mode and segment of each."""
    records: list[tuple[str, int]] = []
    place = start
    log.apply_due(place)
    while place < end:
        until = log.quotes_until_command(place)
        count = min(batch, end - place, until if until is not None else batch)
        records += [(log.state.mode, log.state.segment)] * count
        place += count
        log.apply_due(place)
    return records


def commands_at(*places: tuple[int | None, str]) -> list[SetMode]:
    return [SetMode(value, record) for record, value in places]


places = st.lists(
    st.tuples(st.integers(0, LENGTH), st.sampled_from([HISTORICAL, LIVE])), max_size=6
).map(lambda drawn: sorted(drawn, key=lambda place: place[0]))


@given(places, st.integers(1, LENGTH))
def test_every_record_has_the_mode_of_the_last_command_before_it_whatever_the_batches(
    drawn: list[tuple[int, str]], batch: int
) -> None:
    commands = commands_at(*drawn)

    modes = [mode for mode, _ in played(log_of(commands), 0, LENGTH, batch)]

    assert [mode_at(record, commands) for record in range(LENGTH)] == modes


@given(places, st.integers(1, LENGTH), st.integers(0, LENGTH), st.integers(1, LENGTH))
def test_after_a_restart_the_commands_from_k_on_are_applied_at_their_places_again(
    drawn: list[tuple[int, str]], batch: int, sink_next: int, other_batch: int
) -> None:
    commands = commands_at(*drawn)
    undisturbed = played(log_of(commands), 0, LENGTH, batch)

    # The sink's cursor is the one of the last committed batch: before the command at k.
    restarted = log_of(commands)
    if sink_next:
        mode, segment = undisturbed[sink_next - 1]
        restarted.restore(RunState(mode, segment))
    assert not restarted.assign_records(sink_next)
    rest = played(restarted, sink_next, LENGTH, other_batch)

    assert [mode for mode, _ in undisturbed[sink_next:]] == [mode for mode, _ in rest]
    # Segments name stretches: their numbers may differ only where two commands met.
    assert all(before <= after for (_, before), (_, after) in pairwise(rest))


def test_a_segment_number_is_the_same_after_a_restart() -> None:
    commands = commands_at((5, LIVE), (9, HISTORICAL))
    undisturbed = played(log_of(commands), 0, 12, 12)

    for sink_next in range(1, 12):
        restarted = log_of(commands)
        mode, segment = undisturbed[sink_next - 1]
        restarted.restore(RunState(mode, segment))
        restarted.assign_records(sink_next)

        assert undisturbed[sink_next:] == played(restarted, sink_next, 12, 3)


def test_a_command_stays_listed_until_it_is_committed() -> None:
    log = log_of([])
    accept(log, SetMode(LIVE), 5)
    assert log.apply_due(5)

    log.committed(5)  # the batch that begins with record 5 is not committed yet
    assert commands_at((5, LIVE)) == log.commands

    log.committed(6)
    assert [] == log.commands
    assert log.state.mode == LIVE


def test_a_command_without_a_place_gets_the_next_record_and_says_so_once() -> None:
    log = log_of(commands_at((None, LIVE)))
    log.committed(100)  # it is not forgotten before it has a place

    assert log.assign_records(7)
    assert commands_at((7, LIVE)) == log.commands
    assert not log.assign_records(7)


def test_commands_keep_their_order_when_places_are_given() -> None:
    log = log_of(commands_at((12, LIVE), (None, HISTORICAL)))

    assert log.assign_records(7)
    assert commands_at((12, LIVE), (12, HISTORICAL)) == log.commands
    assert log.target_mode == HISTORICAL


def test_commands_before_the_sinks_next_record_are_in_its_cursor() -> None:
    log = log_of(commands_at((3, LIVE), (7, HISTORICAL)))

    log.assign_records(7)

    assert commands_at((7, HISTORICAL)) == log.commands


def test_a_change_to_the_mode_that_is_there_starts_no_segment() -> None:
    log = log_of(commands_at((4, HISTORICAL)))
    log.apply_due(4)

    assert RunState() == log.state.started(None)


def test_a_switch_and_back_at_one_record_changes_nothing_but_the_segment() -> None:
    log = log_of(commands_at((4, LIVE), (4, HISTORICAL)))

    assert commands_at((4, LIVE), (4, HISTORICAL)) == log.apply_due(4)
    assert log.state.mode == HISTORICAL
    assert RunState(HISTORICAL, 2, MODE) == log.state.started(None)


def test_looking_at_a_record_again_begins_no_further_segment() -> None:
    log = log_of(commands_at((4, LIVE), (4, HISTORICAL)))
    log.apply_due(4)
    log.apply_due(4)  # a third command there, or a mode verb that was repeated

    assert RunState(HISTORICAL, 2, MODE) == log.state.started(None)


def test_a_piece_that_starts_a_segment_is_one_further_until_it_is_sent() -> None:
    log = log_of([], LIVE)

    assert RunState(LIVE, 1, GAP) == log.state.started(GAP)
    assert RunState(LIVE, 1, GAP) == log.state.started(GAP)

    log.begin_segment(GAP)
    assert RunState(LIVE, 1, GAP) == log.state.started(None)


def test_the_target_mode_is_that_of_the_last_accepted_command() -> None:
    log = log_of([])
    assert log.target_mode == HISTORICAL

    accept(log, SetMode(LIVE), 40)

    assert (HISTORICAL, LIVE) == (log.state.mode, log.target_mode)


@given(places, st.integers(1, LENGTH), st.integers(0, LENGTH))
def test_a_sink_that_steps_back_finds_the_committed_commands_again(
    drawn: list[tuple[int, str]], batch: int, back: int
) -> None:
    """Damaged logs are cut to an older commit: what was answered there still holds."""
    commands = commands_at(*drawn)
    log = log_of(commands)
    log.assign_records(0)
    undisturbed = played(log, 0, LENGTH + 1, batch)
    log.committed(LENGTH + 1)
    assert [] == log.commands

    for again in (log, log_of(log.kept)):
        mode, segment = undisturbed[back - 1] if back else (HISTORICAL, 0)
        again.restore(RunState(mode, segment))
        again.assign_records(back)
        rest = played(again, back, LENGTH + 1, batch)

        assert [mode for mode, _ in undisturbed[back:]] == [mode for mode, _ in rest]


def test_a_command_is_done_with_when_no_commit_of_the_sink_lies_before_it() -> None:
    """One commit an acknowledgement, and the sink keeps so many: behind the oldest it never is."""
    places = range(0, 200, 2)
    log = log_of(commands_at(*[(place, LIVE) for place in places]))
    log.assign_records(0)
    played(log, 0, 200, 1)
    for acknowledged in range(201):
        log.committed(acknowledged)
        log.committed(max(0, acknowledged - 1))  # one that comes late,
        log.committed(acknowledged)  # or is said twice, stands for no other commit
        oldest = max(0, acknowledged - COMMITS_KEPT + 1)

        assert [at for at in places if at >= oldest] == [each.record for each in log.kept]


def test_of_ten_thousand_seeks_with_nothing_sent_between_them_the_last_is_kept() -> None:
    log = log_of([])
    accept(log, SetMode(LIVE), 5)
    for instant in range(10_000):
        kept = accept(log, SeekTo(instant), 5)
        assert kept == log.kept
        log.apply_due(5)

    assert [SetMode(LIVE, 5), SeekTo(9999, 5)] == log.kept
    assert RunState(LIVE, 2, SEEK) == log.state


def test_a_seek_is_kept_once_quotes_were_sent_behind_it() -> None:
    log = log_of([])
    for record in (5, 6):
        accept(log, SeekTo(record), record)
        log.apply_due(record)

    assert [SeekTo(5, 5), SeekTo(6, 6)] == log.kept
    assert RunState(HISTORICAL, 2, SEEK) == log.state


def test_a_seek_before_the_sink_says_where_the_run_stands_overrides_the_one_before() -> None:
    log = log_of([])
    for instant in (1, 2):
        accept(log, SeekTo(instant), None)

    assert [SeekTo(2, None)] == log.kept


said = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.one_of(
            st.builds(SetMode, st.sampled_from([HISTORICAL, LIVE])),
            st.builds(SetLoop, st.none() | st.integers(1, 9)),
            st.builds(SeekTo, st.sampled_from([None, 1, 2])),
        ),
    ),
    max_size=30,
)


@given(said, st.integers(0, 60))
def test_what_was_overridden_leaves_no_trace_in_where_the_run_stands(
    said: list[tuple[int, Command]], sink_next: int
) -> None:
    """The run stands where it stands if only the last of each verb at a record is ever said."""
    log, record = log_of([]), 0
    stands: dict[int, RunState] = {}
    last: dict[tuple[int, type[Command]], Command] = {}
    for sent, command in said:
        record += sent
        log.apply_due(record)
        accept(log, command, record)
        log.apply_due(record)
        last.pop((record, type(command)), None)
        last[record, type(command)] = replace(command, record=record)
        stands[record] = log.state
    assert [*last.values()] == log.kept

    restarted = log_of(log.kept)
    restarted.restore(
        next((stands[at] for at in sorted(stands, reverse=True) if at < sink_next), RunState())
    )
    restarted.assign_records(sink_next)
    for at in range(sink_next, record + 1):
        restarted.apply_due(at)
        assert stands.get(at, restarted.state) == restarted.state


def test_what_was_proposed_counts_once_it_is_saved_and_not_before() -> None:
    log = log_of([])
    assert 5 == log.propose(SetMode(LIVE), 5)
    assert (False, [SetMode(LIVE, 5)], []) == (log.is_saved, log.to_save(), log.kept)

    log.saved()
    assert (True, None, [SetMode(LIVE, 5)]) == (log.is_saved, log.to_save(), log.kept)


def test_what_could_not_be_saved_has_not_happened() -> None:
    log = log_of([])
    accept(log, SeekTo(1), 5)
    log.propose(SeekTo(2), 5)
    log.withdraw()

    assert (True, None, [SeekTo(1, 5)]) == (log.is_saved, log.to_save(), log.kept)


def test_places_that_were_given_are_to_be_saved_however_often_the_sink_is_restarted() -> None:
    log = log_of([SetMode(LIVE, None)])
    for _ in range(2):
        log.assign_records(7)
        assert [SetMode(LIVE, 7)] == log.to_save()
    log.saved()
    log.assign_records(7)

    assert None is log.to_save()


def test_commands_that_nothing_commits_are_refused_after_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("zreplay.delivery.command_log.MAX_COMMANDS", 2)
    log = log_of([])
    accept(log, SetLoop(passes=None), 0)
    accept(log, SetMode(LIVE), 0)
    with pytest.raises(SettingsError, match="2 commands are waiting"):
        log.propose(SetLoop(passes=1), 1)
    assert log.is_saved

    accept(log, SetLoop(passes=1), 0)  # it overrides one, and so is never too much
    assert [SetMode(LIVE, 0), SetLoop(passes=1, record=0)] == log.kept
