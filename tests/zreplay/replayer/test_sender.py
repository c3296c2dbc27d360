"""Whatever is commanded, blocked or restarted: each quote leaves once, in order, on time."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from protocol.limits import MAX_NAMES_BYTES, MAX_TICKER_CHARS
from protocol.messages import HISTORICAL, LIVE
from protocol.narrow_head import NARROW_FROM
from tests.zreplay.example_quotes import make_block
from tests.zreplay.fakes import (
    FakeInputs,
    FakeLink,
    FakeTime,
    Player,
    Recording,
    Stretch,
    load,
    make_session,
    placed_rows,
    rows_of,
    say,
)
from zreplay.delivery.command import Command, SetMode
from zreplay.delivery.cursor import ReplayCursor
from zreplay.playback.replay_clock import FOREVER_NS
from zreplay.playback.send_interval import DEFAULT_GRAIN_NS
from zreplay.playback.stalls import STALL_NS
from zreplay.settings import ReplaySettings, parse_rate

RUN = b"r" * 16
MS_NS = 1_000_000
SECOND_NS = 1_000_000_000
NO_LIMIT = 10**9
BOTH = ReplaySettings(historical=(Path("a.csv"),), live=("ws://x",), rate=None)
quick = settings(max_examples=30)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> FakeTime:
    """Give the only clock that the player can see."""
    fake = FakeTime()
    monkeypatch.setattr("zreplay.replayer.sender.time", fake)
    return fake


def make_player(
    folder: Path,
    link: FakeLink,
    replay: ReplaySettings = BOTH,
    commands: Iterable[Command] = (),
    /,
    **recordings: Recording,
) -> Player:
    return Player(
        replay, make_session(replay, RUN, commands), FakeInputs(folder, **recordings), link
    )


def play_out(player: Player, time: FakeTime, turns: int = 10_000) -> None:
    """Play until nothing more leaves; acknowledge all, so that the window never binds."""
    for _ in range(turns):
        if not player.play(time.now_ns):
            return
        window = player.session.window
        window.acknowledged(window.next, NO_LIMIT, (), time.now_ns)


def paced(speed: str = "1") -> ReplaySettings:
    return ReplaySettings(historical=(Path("a.csv"),), rate=parse_rate(speed))


def both_recordings(sizes: list[int], gaps: list[bool]) -> dict[str, Recording]:
    """Return a file and a capture cut into stretches of these sizes, some after a gap."""
    historical = Recording.of(*(range(size) for size in sizes))
    live = Recording(
        *(
            Stretch(tuple(range(size)), "gap" if is_gap else None)
            for size, is_gap in zip(sizes, gaps, strict=True)
        ),
        is_live=True,
    )
    return {HISTORICAL: historical, LIVE: live}


def switches(places: list[int]) -> list[Command]:
    """Return a switch of the mode at each of these records."""
    modes = [LIVE if number % 2 == 0 else HISTORICAL for number in range(len(places))]
    return [SetMode(mode, place) for mode, place in zip(modes, sorted(places), strict=True)]


def modes_by_record(commands: list[Command], count: int) -> list[str]:
    """Say the mode of each record, record by record: the meaning of a command's place."""
    modes, mode = [], HISTORICAL
    for record in range(count):
        for command in commands:
            mode = command.mode if command.record == record else mode
        modes.append(mode)
    return modes


stretches = st.lists(st.tuples(st.integers(1, 7), st.booleans()), min_size=2, max_size=4)
places = st.lists(st.integers(0, 20), unique=True, max_size=5)


@quick
@given(stretches, places, st.integers(1, 7), st.lists(st.booleans(), max_size=30))
def test_each_mode_gives_its_rows_once_in_order_and_no_batch_straddles_a_command(
    tmp_path_factory: pytest.TempPathFactory,
    stretches: list[tuple[int, bool]],
    places: list[int],
    batch_quotes: int,
    failures: list[bool],
) -> None:
    folder = tmp_path_factory.getbasetemp()
    sizes, gaps = [size for size, _ in stretches], [is_gap for _, is_gap in stretches]
    commands = switches(places)
    replay = ReplaySettings(
        historical=(Path("a.csv"),), live=("ws://x",), rate=None, batch_quotes=batch_quotes
    )
    link = FakeLink(takes=lambda: not (failures and failures.pop()))
    player = make_player(folder, link, replay, commands, **both_recordings(sizes, gaps))
    load(player, None, 0, NO_LIMIT)
    for now_ns in range(1, 200):
        if player.play(now_ns):
            player.session.window.acknowledged(player.session.window.next, NO_LIMIT, (), now_ns)

    batches = link.batches
    sent = placed_rows(batches)
    count = len(sent)
    assert list(range(count)) == [record for record, *_ in sent]
    assert modes_by_record(commands, count) == [mode for _, mode, *_ in sent]
    for wanted in (HISTORICAL, LIVE):
        rows = [row for _, mode, _, _, row in sent if mode == wanted]
        assert list(range(len(rows))) == rows
    ended_mode = modes_by_record(commands, count + 1)[-1]
    assert sum(sizes) == len([mode for _, mode, *_ in sent if mode == ended_mode])
    starts = {batch.first for batch in batches} | {count}
    assert set() == {place for place in places if place < count} - starts
    assert all(1 <= batch.count <= batch_quotes for batch in batches)


@quick
@given(stretches, places, st.integers(1, 7))
def test_the_cursor_of_a_batch_gives_exactly_what_came_after_it(
    tmp_path_factory: pytest.TempPathFactory,
    stretches: list[tuple[int, bool]],
    places: list[int],
    batch_quotes: int,
) -> None:
    folder = tmp_path_factory.getbasetemp()
    sizes, gaps = [size for size, _ in stretches], [is_gap for _, is_gap in stretches]
    replay = ReplaySettings(
        historical=(Path("a.csv"),), live=("ws://x",), rate=None, batch_quotes=batch_quotes
    )

    def played(cursor: ReplayCursor | None, next_record: int) -> FakeLink:
        link = FakeLink()
        parts = both_recordings(sizes, gaps)
        player = make_player(folder, link, replay, switches(places), **parts)
        load(player, cursor, next_record, NO_LIMIT)
        play_out(player, FakeTime())
        return link

    whole = played(None, 0).batches
    for number, batch in enumerate(whole):
        resumed = played(ReplayCursor.unpack(batch.cursor), batch.first + batch.count).batches

        assert placed_rows(whole[number + 1 :]) == placed_rows(resumed)


def test_the_segment_rises_at_each_switch_and_gap_and_nowhere_else(
    tmp_path: Path, time: FakeTime
) -> None:
    link = FakeLink()
    live = Recording(Stretch((0, 1)), Stretch((2, 3), "gap"), is_live=True)
    commands = [SetMode(LIVE, 2), SetMode(HISTORICAL, 6)]
    player = make_player(
        tmp_path, link, BOTH, commands, historical=Recording.of(range(2), range(3)), live=live
    )
    load(player, None, 0, NO_LIMIT)
    play_out(player, time)

    assert [
        (HISTORICAL, 0, "start", [0, 1]),
        (LIVE, 1, "mode", [0, 1]),
        (LIVE, 2, "gap", [2, 3]),
        (HISTORICAL, 3, "mode", [2, 3, 4]),
    ] == [(batch.mode, batch.segment, batch.reason, rows_of(batch)) for batch in link.batches]


def test_a_gap_that_could_not_be_sent_starts_one_segment_when_it_is(
    tmp_path: Path, time: FakeTime
) -> None:
    refusals = [True, True]
    link = FakeLink(takes=lambda: not (refusals and refusals.pop()))
    live = Recording(Stretch((0, 1), "gap"), is_live=True)
    player = make_player(tmp_path, link, BOTH, [SetMode(LIVE, 0)], live=live)
    load(player, None, 0, NO_LIMIT)

    assert [False, False, True] == [player.play(time.now_ns) for _ in range(3)]
    assert [(2, "gap")] == [(batch.segment, batch.reason) for batch in link.batches]
    assert 2 == player.session.state.segment


def test_a_full_link_blocks_until_it_has_room_and_loses_nothing(
    tmp_path: Path, time: FakeTime
) -> None:
    link = FakeLink()
    link.is_full = True
    player = make_player(tmp_path, link, historical=Recording.of(range(5)))
    load(player, None, 0, NO_LIMIT)

    assert not player.play(time.now_ns)
    assert (True, FOREVER_NS) == (player.playback.is_blocked, player.playback.due_ns())

    time.now_ns += SECOND_NS
    link.is_full = False

    assert player.play(time.now_ns)
    assert (False, SECOND_NS) == (player.playback.is_blocked, player.playback.counters.blocked_ns)
    assert [[0, 1, 2, 3, 4]] == [rows_of(batch) for batch in link.batches]


def test_no_more_than_the_window_leaves_and_what_is_acknowledged_makes_room(
    tmp_path: Path, time: FakeTime
) -> None:
    link = FakeLink()
    replay = ReplaySettings(historical=(Path("a.csv"),), rate=None, window_quotes=4)
    player = make_player(tmp_path, link, replay, historical=Recording.of(range(6)))
    load(player, None, 0, NO_LIMIT)

    assert [True, False] == [player.play(time.now_ns) for _ in range(2)]
    assert (True, 0) == (player.playback.is_blocked, player.session.room())

    player.session.window.acknowledged(3, NO_LIMIT, (), time.now_ns)
    player.session.window.acknowledged(4, NO_LIMIT, (), time.now_ns)

    assert player.play(time.now_ns)
    assert [[0, 1, 2, 3], [4, 5]] == [rows_of(batch) for batch in link.batches]


def test_the_sinks_limit_binds_as_well(tmp_path: Path, time: FakeTime) -> None:
    link = FakeLink()
    player = make_player(tmp_path, link, historical=Recording.of(range(6)))
    load(player, None, 0, 2)

    assert [True, False] == [player.play(time.now_ns) for _ in range(2)]
    assert [[0, 1]] == [rows_of(batch) for batch in link.batches]


def test_without_acknowledgements_nothing_stays_in_flight(tmp_path: Path, time: FakeTime) -> None:
    link = FakeLink()
    replay = ReplaySettings(
        historical=(Path("a.csv"),), rate=None, window_quotes=2, batch_quotes=2, acks="none"
    )
    player = make_player(tmp_path, link, replay, historical=Recording.of(range(6)))
    load(player, None, 0, FOREVER_NS)

    assert [True, True, True, False] == [player.play(time.now_ns) for _ in range(4)]
    assert (6, 0, True) == (
        player.session.window.committed,
        player.session.window.in_flight_quotes,
        player.is_at_end,
    )


def departures(link: FakeLink, time: FakeTime, player: Player, end_ns: int) -> dict[int, int]:
    """Play until `end_ns`; return when each row left."""
    left: dict[int, int] = {}
    while time.now_ns < end_ns:
        before = len(link.frames)
        if player.play(time.now_ns):
            left |= dict.fromkeys(rows_of(link.batches[before]), time.now_ns)
            continue
        time.now_ns = min(end_ns, max(player.playback.due_ns(), time.now_ns + 1))
    return left


def test_at_recorded_speed_a_quote_leaves_when_it_is_due_and_never_before(
    tmp_path: Path, time: FakeTime
) -> None:
    arrivals = (5 * MS_NS, 5 * MS_NS, 7 * MS_NS, 7 * MS_NS + 100, 90 * MS_NS)
    start_ns = time.now_ns
    link = FakeLink()
    player = make_player(tmp_path, link, paced("2"), historical=Recording.of(arrivals))
    load(player, None, 0, NO_LIMIT)
    left = departures(link, time, player, start_ns + SECOND_NS)

    due = [start_ns + (arrival - arrivals[0]) // 2 for arrival in arrivals]
    assert [0, 1, 2, 3, 4] == list(left)
    late = [left[row] - due[row] for row in left]
    assert all(0 <= behind_ns <= DEFAULT_GRAIN_NS for behind_ns in late)
    assert [0, 0, 0, 0] == late[:3] + late[4:]


def test_only_while_paced_and_known_has_the_next_quote_a_time(
    tmp_path: Path, time: FakeTime
) -> None:
    link = FakeLink()
    player = make_player(tmp_path, link, paced(), historical=Recording.of((0, SECOND_NS)))
    load(player, None, 0, NO_LIMIT)
    assert not player.playback.is_next_timed  # nothing has been read yet

    player.play(time.now_ns)
    assert player.playback.is_next_timed

    player.playback.set_rate(None, time.now_ns)
    assert not player.playback.is_next_timed


def test_after_a_stall_the_clock_goes_on_from_the_quote_that_waited(
    tmp_path: Path, time: FakeTime
) -> None:
    arrivals = tuple(number * 10 * MS_NS for number in range(100))
    link = FakeLink()
    player = make_player(tmp_path, link, paced(), historical=Recording.of(arrivals))
    load(player, None, 0, NO_LIMIT)
    departures(link, time, player, time.now_ns + 10 * MS_NS)
    link.is_full = True
    player.play(time.now_ns)
    time.now_ns += 5 * SECOND_NS
    link.is_full = False
    resumed_ns = time.now_ns
    left = departures(link, time, player, resumed_ns + 25 * MS_NS)

    assert {1: resumed_ns, 2: resumed_ns + 10 * MS_NS, 3: resumed_ns + 20 * MS_NS} == left
    assert 5 * SECOND_NS == player.playback.counters.blocked_ns


def test_a_freeze_is_said_however_the_clock_goes_on(
    tmp_path: Path, time: FakeTime, caplog: pytest.LogCaptureFixture
) -> None:
    link = FakeLink()
    player = make_player(
        tmp_path, link, paced(), historical=Recording.of(range(0, 10 * SECOND_NS, SECOND_NS // 10))
    )
    load(player, None, 0, NO_LIMIT)
    player.play(time.now_ns)
    for seconds in (3, 0.5):
        time.now_ns += int(seconds * SECOND_NS)
        player.play(time.now_ns)

    assert ["this process was suspended"] == [record.message for record in caplog.records]


def test_a_short_stall_is_caught_up_with(tmp_path: Path, time: FakeTime) -> None:
    arrivals = tuple(number * 10 * MS_NS for number in range(100))
    link = FakeLink()
    player = make_player(tmp_path, link, paced(), historical=Recording.of(arrivals))
    load(player, None, 0, NO_LIMIT)
    started_ns = time.now_ns
    departures(link, time, player, started_ns + 10 * MS_NS)
    assert started_ns + 10 * MS_NS == time.now_ns
    link.is_full = True
    player.play(time.now_ns)
    time.now_ns += STALL_NS
    link.is_full = False
    left = departures(link, time, player, time.now_ns + 15 * MS_NS)

    late = dict.fromkeys(range(1, 12), started_ns + 110 * MS_NS)
    assert late | {12: started_ns + 120 * MS_NS} == left


def test_while_paused_nothing_leaves_and_afterwards_nothing_is_late(
    tmp_path: Path, time: FakeTime
) -> None:
    arrivals = (0, 10 * MS_NS, 20 * MS_NS)
    link = FakeLink()
    player = make_player(tmp_path, link, paced(), historical=Recording.of(arrivals))
    load(player, None, 0, NO_LIMIT)
    departures(link, time, player, time.now_ns + 5 * MS_NS)
    player.playback.pause(time.now_ns)

    assert {} == departures(link, time, player, time.now_ns + SECOND_NS)

    resumed_ns = time.now_ns
    player.playback.resume(resumed_ns)
    left = departures(link, time, player, resumed_ns + SECOND_NS)

    assert {1: resumed_ns + 5 * MS_NS, 2: resumed_ns + 15 * MS_NS} == left


def test_back_from_live_the_files_go_on_at_the_next_quote_without_a_burst(
    tmp_path: Path, time: FakeTime
) -> None:
    arrivals = tuple(number * 10 * MS_NS for number in range(50))
    link = FakeLink()
    replay = ReplaySettings(historical=(Path("a.csv"),), live=("ws://x",))
    live = Recording.of((0, 1, 2), is_live=True)
    player = make_player(tmp_path, link, replay, historical=Recording.of(arrivals), live=live)
    load(player, None, 0, NO_LIMIT)
    departures(link, time, player, time.now_ns + 15 * MS_NS)
    say(player, SetMode(LIVE))
    departures(link, time, player, time.now_ns + 3 * SECOND_NS)
    say(player, SetMode(HISTORICAL))
    back_ns = time.now_ns
    left = departures(link, time, player, back_ns + 15 * MS_NS)

    assert {2: back_ns, 3: back_ns + 10 * MS_NS} == left


def test_live_quotes_are_not_paced_and_more_may_come(tmp_path: Path, time: FakeTime) -> None:
    link = FakeLink()
    live = Recording.of((0, 10**15), is_live=True)
    player = make_player(tmp_path, link, ReplaySettings(live=("ws://x",)), live=live)
    load(player, None, 0, NO_LIMIT)

    assert [True, False] == [player.play(time.now_ns) for _ in range(2)]
    assert not player.is_at_end

    live.stretches.append(Stretch((10**16,)))

    assert player.play(time.now_ns)
    assert [[0, 1], [2]] == [rows_of(batch) for batch in link.batches]


def test_batches_at_full_speed_are_of_one_size(tmp_path: Path, time: FakeTime) -> None:
    link = FakeLink()
    replay = ReplaySettings(historical=(Path("a.csv"),), rate=None, batch_quotes=4)
    player = make_player(tmp_path, link, replay, historical=Recording.of(range(9)))
    load(player, None, 0, NO_LIMIT)
    play_out(player, time)

    assert [3, 3, 3] == [batch.count for batch in link.batches]


def test_a_command_without_a_place_gets_it_when_the_run_is_loaded(
    tmp_path: Path, time: FakeTime
) -> None:
    link = FakeLink()
    parts = both_recordings([4], [False])
    player = make_player(tmp_path, link, BOTH, [SetMode(LIVE, None)], **parts)

    assert load(player, ReplayCursor(historical=b"2"), 2, NO_LIMIT)
    assert [SetMode(LIVE, 2)] == player.session.log.commands
    assert not load(player, ReplayCursor(historical=b"2"), 2, NO_LIMIT)

    play_out(player, time)
    assert [(2, LIVE, 1, "mode", 0)] == placed_rows(link.batches)[:1]


def test_nothing_is_sent_and_nothing_is_at_its_end_before_the_run_is_loaded(
    tmp_path: Path, time: FakeTime
) -> None:
    player = make_player(tmp_path, FakeLink(), historical=Recording.of(range(3)))

    assert not player.play(time.now_ns)
    assert (FOREVER_NS, False) == (player.playback.due_ns(), player.is_at_end)


@pytest.mark.parametrize("mode", [HISTORICAL, LIVE])
def test_pause_holds_what_is_not_paced_too(tmp_path: Path, time: FakeTime, mode: str) -> None:
    link = FakeLink()
    commands = [SetMode(mode, 0)]
    player = make_player(tmp_path, link, BOTH, commands, **both_recordings([4], [False]))
    load(player, None, 0, NO_LIMIT)
    player.playback.pause(time.now_ns)

    assert (False, FOREVER_NS) == (player.play(time.now_ns), player.playback.due_ns())

    player.playback.resume(time.now_ns)

    assert player.play(time.now_ns)


@pytest.mark.parametrize("speed", ["max", "1"])
def test_a_batch_ends_where_its_names_would_not_fit_in_a_frame(
    speed: str, tmp_path: Path, time: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = MAX_NAMES_BYTES // MAX_TICKER_CHARS
    block = replace(
        make_block(range(count + 2)),
        ticker_names=tuple(str(code).rjust(MAX_TICKER_CHARS, "A") for code in range(count + 2)),
        ticker_codes=np.arange(count + 2, dtype=np.int32),
    )
    monkeypatch.setattr("tests.zreplay.fakes.make_block", lambda _: block)
    link = FakeLink()
    replay = ReplaySettings(historical=(Path("a.csv"),), rate=parse_rate(speed), on_lag="burst")
    player = make_player(tmp_path, link, replay, historical=Recording.of(range(count + 2)))
    load(player, None, 0, NO_LIMIT)
    player.play(time.now_ns)

    for _ in range(3):
        time.now_ns += SECOND_NS
        play_out(player, time)

    assert count + 2 == sum(batch.count for batch in link.batches)
    assert list(range(count + 2)) == [row for batch in link.batches for row in rows_of(batch)]
    assert len(link.batches) > 1


@pytest.mark.parametrize("is_narrow", [False, True])
def test_a_large_batch_travels_narrow_where_the_link_says_so(
    tmp_path: Path, time: FakeTime, is_narrow: bool
) -> None:
    link = FakeLink()
    link.is_narrow = is_narrow
    replay = ReplaySettings(historical=(Path("a.csv"),), rate=parse_rate("max"))
    player = make_player(tmp_path, link, replay, historical=Recording.of(range(NARROW_FROM)))
    load(player, None, 0, NO_LIMIT)
    player.play(time.now_ns)
    play_out(player, time)

    [batch] = link.batches
    assert list(range(NARROW_FROM)) == rows_of(batch)
    assert is_narrow == (len(batch.columns.index) < 8 * NARROW_FROM)
