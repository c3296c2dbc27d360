"""An accepted command has one place in the record order, also after a restart."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from protocol.messages import COMMITS_KEPT, HISTORICAL, LIVE
from zreplay.delivery.command_log import LOOP, MODE, OFF, ON, SEEK, Command, Stand, Timeline

LENGTH = 30


def mode_at(record: int, commands: list[Command]) -> str:
    """The mode of a record by definition: the last command at or before it."""
    earlier = [command for command in commands if (command.record or 0) <= record]
    return earlier[-1].value if earlier else HISTORICAL


def played(timeline: Timeline, start: int, end: int, batch: int) -> list[tuple[str, int]]:
    """Play records in batches as the player does; return the mode and segment of each."""
    records: list[tuple[str, int]] = []
    place = start
    timeline.apply_due(place)
    while place < end:
        until = timeline.quotes_until_command(place)
        count = min(batch, end - place, until if until is not None else batch)
        records += [(timeline.mode, timeline.segment)] * count
        place += count
        timeline.apply_due(place)
    return records


def commands_at(*places: tuple[int | None, str]) -> list[Command]:
    return [Command("mode", value, record) for record, value in places]


places = st.lists(
    st.tuples(st.integers(0, LENGTH), st.sampled_from([HISTORICAL, LIVE])), max_size=6
).map(lambda drawn: sorted(drawn, key=lambda place: place[0]))


@given(places, st.integers(1, LENGTH))
def test_every_record_has_the_mode_of_the_last_command_before_it_whatever_the_batches(
    drawn: list[tuple[int, str]], batch: int
) -> None:
    commands = commands_at(*drawn)

    modes = [mode for mode, _ in played(Timeline(HISTORICAL, commands), 0, LENGTH, batch)]

    assert [mode_at(record, commands) for record in range(LENGTH)] == modes


@given(places, st.integers(1, LENGTH), st.integers(0, LENGTH), st.integers(1, LENGTH))
def test_after_a_restart_the_commands_from_k_on_are_applied_at_their_places_again(
    drawn: list[tuple[int, str]], batch: int, sink_next: int, other_batch: int
) -> None:
    commands = commands_at(*drawn)
    undisturbed = played(Timeline(HISTORICAL, commands), 0, LENGTH, batch)

    # The sink's cursor is the one of the last committed batch: before the command at k.
    restarted = Timeline(HISTORICAL, commands)
    if sink_next:
        mode, segment = undisturbed[sink_next - 1]
        restarted.restore(Stand(mode, segment))
    assert not restarted.place(sink_next)
    rest = played(restarted, sink_next, LENGTH, other_batch)

    assert [mode for mode, _ in undisturbed[sink_next:]] == [mode for mode, _ in rest]
    # Segments name stretches: their numbers may differ only where two commands met.
    assert all(before <= after for (_, before), (_, after) in pairwise(rest))


def test_a_segment_number_is_the_same_after_a_restart() -> None:
    commands = commands_at((5, LIVE), (9, HISTORICAL))
    undisturbed = played(Timeline(HISTORICAL, commands), 0, 12, 12)

    for sink_next in range(1, 12):
        restarted = Timeline(HISTORICAL, commands)
        mode, segment = undisturbed[sink_next - 1]
        restarted.restore(Stand(mode, segment))
        restarted.place(sink_next)

        assert undisturbed[sink_next:] == played(restarted, sink_next, 12, 3)


def test_a_command_stays_listed_until_it_is_committed() -> None:
    timeline = Timeline(HISTORICAL, [])
    timeline.accept("mode", LIVE, 5)
    assert timeline.apply_due(5)

    timeline.committed(5)  # the batch that begins with record 5 is not committed yet
    assert commands_at((5, LIVE)) == timeline.commands

    timeline.committed(6)
    assert [] == timeline.commands
    assert timeline.mode == LIVE


def test_a_command_without_a_place_gets_the_next_record_and_says_so_once() -> None:
    timeline = Timeline(HISTORICAL, commands_at((None, LIVE)))
    timeline.committed(100)  # it is not forgotten before it has a place

    assert timeline.place(7)
    assert commands_at((7, LIVE)) == timeline.commands
    assert not timeline.place(7)


def test_commands_keep_their_order_when_places_are_given() -> None:
    timeline = Timeline(HISTORICAL, commands_at((12, LIVE), (None, HISTORICAL)))

    assert timeline.place(7)
    assert commands_at((12, LIVE), (12, HISTORICAL)) == timeline.commands
    assert timeline.target_mode == HISTORICAL


def test_commands_before_the_sinks_next_record_are_in_its_cursor() -> None:
    timeline = Timeline(HISTORICAL, commands_at((3, LIVE), (7, HISTORICAL)))

    timeline.place(7)

    assert commands_at((7, HISTORICAL)) == timeline.commands


def test_a_change_to_the_mode_that_is_there_starts_no_segment() -> None:
    timeline = Timeline(HISTORICAL, commands_at((4, HISTORICAL)))
    timeline.apply_due(4)

    assert Stand() == timeline.stand_of(None)


def test_a_switch_and_back_at_one_record_changes_nothing_but_the_segment() -> None:
    timeline = Timeline(HISTORICAL, commands_at((4, LIVE), (4, HISTORICAL)))

    assert commands_at((4, LIVE), (4, HISTORICAL)) == timeline.apply_due(4)
    assert timeline.mode == HISTORICAL
    assert Stand(HISTORICAL, 2, MODE) == timeline.stand_of(None)


def test_looking_at_a_record_again_begins_no_further_segment() -> None:
    timeline = Timeline(HISTORICAL, commands_at((4, LIVE), (4, HISTORICAL)))
    timeline.apply_due(4)
    timeline.apply_due(4)  # a third command there, or a mode verb that was repeated

    assert Stand(HISTORICAL, 2, MODE) == timeline.stand_of(None)


def test_a_piece_that_starts_a_segment_is_one_further_until_it_is_sent() -> None:
    timeline = Timeline(LIVE, [])

    assert Stand(LIVE, 1, "gap") == timeline.stand_of("gap")
    assert Stand(LIVE, 1, "gap") == timeline.stand_of("gap")

    timeline.begin_segment("gap")
    assert Stand(LIVE, 1, "gap") == timeline.stand_of(None)


def test_the_target_mode_is_that_of_the_last_accepted_command() -> None:
    timeline = Timeline(HISTORICAL, [])
    assert timeline.target_mode == HISTORICAL

    timeline.accept("mode", LIVE, 40)

    assert (HISTORICAL, LIVE) == (timeline.mode, timeline.target_mode)


@given(places, st.integers(1, LENGTH), st.integers(0, LENGTH))
def test_a_sink_that_steps_back_finds_the_committed_commands_again(
    drawn: list[tuple[int, str]], batch: int, back: int
) -> None:
    """Damaged logs are cut to an older commit: what was answered there still holds."""
    commands = commands_at(*drawn)
    timeline = Timeline(HISTORICAL, commands)
    timeline.place(0)
    undisturbed = played(timeline, 0, LENGTH + 1, batch)
    timeline.committed(LENGTH + 1)
    assert [] == timeline.commands

    for again in (timeline, Timeline(HISTORICAL, timeline.kept)):
        mode, segment = undisturbed[back - 1] if back else (HISTORICAL, 0)
        again.restore(Stand(mode, segment))
        again.place(back)
        rest = played(again, back, LENGTH + 1, batch)

        assert [mode for mode, _ in undisturbed[back:]] == [mode for mode, _ in rest]


def test_a_command_is_done_with_when_no_commit_of_the_sink_lies_before_it() -> None:
    """One commit an acknowledgement, and the sink keeps so many: behind the oldest it never is."""
    places = range(0, 200, 2)
    timeline = Timeline(HISTORICAL, commands_at(*[(place, LIVE) for place in places]))
    timeline.place(0)
    played(timeline, 0, 200, 1)
    for acknowledged in range(201):
        timeline.committed(acknowledged)
        timeline.committed(max(0, acknowledged - 1))  # one that comes late,
        timeline.committed(acknowledged)  # or is said twice, stands for no other commit
        oldest = max(0, acknowledged - COMMITS_KEPT + 1)

        assert [at for at in places if at >= oldest] == [each.record for each in timeline.kept]


def test_of_ten_thousand_seeks_with_nothing_sent_between_them_the_last_is_kept() -> None:
    timeline = Timeline(HISTORICAL, [])
    timeline.accept(MODE, LIVE, 5)
    for instant in range(10_000):
        kept = timeline.kept_with(SEEK, str(instant), 5)
        timeline.accept(SEEK, str(instant), 5)
        assert kept == timeline.kept
        timeline.apply_due(5)

    assert [Command(MODE, LIVE, 5), Command(SEEK, "9999", 5)] == timeline.kept
    assert Stand(LIVE, 2, SEEK) == timeline.stand


def test_a_seek_is_kept_once_quotes_were_sent_behind_it() -> None:
    timeline = Timeline(HISTORICAL, [])
    for record in (5, 6):
        timeline.accept(SEEK, str(record), record)
        timeline.apply_due(record)

    assert [Command(SEEK, "5", 5), Command(SEEK, "6", 6)] == timeline.kept
    assert Stand(HISTORICAL, 2, SEEK) == timeline.stand


def test_a_seek_before_the_sink_says_where_the_run_stands_overrides_the_one_before() -> None:
    timeline = Timeline(HISTORICAL, [])
    for instant in ("1", "2"):
        timeline.accept(SEEK, instant, None)

    assert [Command(SEEK, "2", None)] == timeline.kept


said = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.sampled_from(
            [(MODE, HISTORICAL), (MODE, LIVE), (LOOP, ON), (LOOP, OFF), (SEEK, "1"), (SEEK, "2")]
        ),
    ),
    max_size=30,
)


@given(said, st.integers(0, 60))
def test_what_was_overridden_leaves_no_trace_in_where_the_run_stands(
    said: list[tuple[int, tuple[str, str]]], sink_next: int
) -> None:
    """The run stands where it stands if only the last of each verb at a record is ever said."""
    timeline, record = Timeline(HISTORICAL, []), 0
    stands: dict[int, Stand] = {}
    last: dict[tuple[int, str], str] = {}
    for sent, (verb, value) in said:
        record += sent
        timeline.apply_due(record)
        timeline.accept(verb, value, record)
        timeline.apply_due(record)
        last.pop((record, verb), None)
        last[record, verb] = value
        stands[record] = timeline.stand
    expected = [Command(verb, value, place) for (place, verb), value in last.items()]
    assert expected == timeline.kept

    restarted = Timeline(HISTORICAL, timeline.kept)
    restarted.restore(
        next((stands[at] for at in sorted(stands, reverse=True) if at < sink_next), Stand())
    )
    restarted.place(sink_next)
    for at in range(sink_next, record + 1):
        restarted.apply_due(at)
        assert stands.get(at, restarted.stand) == restarted.stand
