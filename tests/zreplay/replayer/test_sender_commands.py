"""Wherever commands have their places, it is sent what a plain walk over them does."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.messages import HISTORICAL, LIVE
from tests.depth import few
from tests.zreplay.fakes import (
    FakeInputs,
    FakeLink,
    FakeTime,
    Player,
    Recording,
    load,
    make_session,
    placed_rows,
    rows_of,
    say,
)
from zreplay.delivery.command import Command, SeekTo, SetLoop, SetMode
from zreplay.delivery.cursor import ReplayCursor
from zreplay.settings import ReplaySettings

RUN = b"r" * 16
NO_LIMIT = 10**9
MOST_QUOTES = 40
SECOND_NS = 1_000_000_000
ARRIVALS = (10, 10, 20, 30, 30, 30, 40)
LIVE_ROWS = 5


@dataclass
class Walk:
    """The meaning of commands: one quote after the other, nothing remembered but three places."""

    commands: list[Command]
    passes: int | None
    mode: str = HISTORICAL
    row: int = 0
    live_row: int = 0
    passed: int = 0

    def rows(self, most: int) -> list[tuple[str, int]]:
        sent: list[tuple[str, int]] = []
        while len(sent) < most:
            for command in self.commands:
                if command.record == len(sent):
                    self._apply(command)
            if self.mode == LIVE:
                if self.live_row == LIVE_ROWS:
                    break
                sent.append((LIVE, self.live_row))
                self.live_row += 1
                continue
            if self.row == len(ARRIVALS):
                if self.passes is not None and self.passed + 1 >= self.passes:
                    break
                self.row, self.passed = 0, self.passed + 1
            sent.append((HISTORICAL, self.row))
            self.row += 1
        return sent

    def _apply(self, command: Command) -> None:
        match command:
            case SetMode(mode):
                self.mode = mode
            case SetLoop(passes):
                self.passes = None if passes is None else max(passes, self.passed + 1)
            case SeekTo(arrival_ns):
                self.row = sum(arrival < (arrival_ns or 0) for arrival in ARRIVALS)


def commands_of(drawn: list[Command]) -> list[Command]:
    """Return these as they would be accepted: none is a seek in live mode."""
    mode, commands = HISTORICAL, []
    for command in sorted(drawn, key=lambda each: each.record or 0):
        if isinstance(command, SeekTo) and mode == LIVE:
            continue
        mode = command.mode if isinstance(command, SetMode) else mode
        commands.append(command)
    return commands


records = st.integers(0, 30)
commands = st.lists(
    st.one_of(
        st.builds(SetMode, st.sampled_from([HISTORICAL, LIVE]), records),
        st.builds(SetLoop, st.none() | st.integers(1, 9), records),
        st.builds(SeekTo, st.sampled_from([None, 11, 30, 99]), records),
    ),
    max_size=7,
).map(commands_of)


def make_player(
    folder: Path, link: FakeLink, commands: list[Command], passes: int | None, batch: int
) -> Player:
    replay = ReplaySettings(
        historical=(Path("a.csv"),),
        live=("ws://x",),
        rate=None,
        batch_quotes=batch,
        loop=passes,
    )
    inputs = FakeInputs(
        folder,
        historical=Recording.of(ARRIVALS[:3], ARRIVALS[3:]),
        live=Recording.of(range(LIVE_ROWS), is_live=True),
    )
    return Player(replay, make_session(replay, RUN, commands), inputs, link)


def play_out(player: Player, most: int = MOST_QUOTES) -> None:
    for now_ns in range(1, 400):
        player.play(now_ns)
        player.session.window.acknowledged(player.session.window.next, NO_LIMIT, (), now_ns)
        if player.session.window.next >= most:
            return


@settings(max_examples=few(50), deadline=None)
@given(commands, st.none() | st.integers(1, 3), st.integers(1, 7))
def test_it_sends_what_a_plain_walk_over_quotes_and_commands_does(
    tmp_path_factory: pytest.TempPathFactory,
    commands: list[Command],
    passes: int | None,
    batch: int,
) -> None:
    link = FakeLink()
    player = make_player(tmp_path_factory.getbasetemp(), link, commands, passes, batch)
    load(player, None, 0, NO_LIMIT)
    play_out(player)

    expected = Walk(commands, passes).rows(MOST_QUOTES)
    sent = [(mode, row) for _, mode, _, _, row in placed_rows(link.batches)]
    assert expected == sent[:MOST_QUOTES]
    assert len(sent) >= len(expected)


@settings(max_examples=few(25), deadline=None)
@given(commands, st.none() | st.integers(1, 3), st.integers(1, 7), st.integers(0, 30), st.data())
def test_from_the_cursor_of_any_batch_the_rest_is_the_same(
    tmp_path_factory: pytest.TempPathFactory,
    commands: list[Command],
    passes: int | None,
    batch: int,
    number: int,
    data: st.DataObject,
) -> None:
    folder = tmp_path_factory.getbasetemp()
    link = FakeLink()
    player = make_player(folder, link, commands, passes, batch)
    load(player, None, 0, NO_LIMIT)
    play_out(player)
    if not link.batches:
        return
    last = link.batches[min(number, len(link.batches) - 1)]
    again = FakeLink()
    resumed = make_player(folder, again, commands, passes, data.draw(st.integers(1, 7)))
    load(resumed, ReplayCursor.unpack(last.cursor), last.first + last.count, NO_LIMIT)
    play_out(resumed)

    undisturbed = placed_rows(link.batches)[last.first + last.count : MOST_QUOTES]
    assert undisturbed == placed_rows(again.batches)[: len(undisturbed)]
    assert resumed.is_at_end == player.is_at_end


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> FakeTime:
    fake = FakeTime()
    monkeypatch.setattr("zreplay.replayer.sender.time", fake)
    return fake


def loaded(folder: Path, link: FakeLink, passes: int | None = 1, batch: int = 100) -> Player:
    player = make_player(folder, link, [], passes, batch)
    load(player, None, 0, NO_LIMIT)
    return player


def test_a_new_pass_is_a_segment_with_its_reason(tmp_path: Path, time: FakeTime) -> None:
    link = FakeLink()
    player = loaded(tmp_path, link, passes=2)
    play_out(player)

    assert [0, 0, 1, 1] == [batch.segment for batch in link.batches]
    assert ["start", "start", "loop", "loop"] == [batch.reason for batch in link.batches]
    assert (True, 1) == (player.is_at_end, player.session.state.pass_number)


def test_a_loop_that_is_taken_back_before_its_first_quote_has_not_happened(
    tmp_path: Path, time: FakeTime
) -> None:
    link = FakeLink()
    player = loaded(tmp_path, link)
    say(player, SetLoop(passes=None))
    while player.play(time.now_ns) or not player.inputs.historical._ended:
        pass  # it stands before the second pass
    assert not player.is_at_end
    say(player, SetLoop(passes=1))

    assert (True, len(ARRIVALS)) == (player.is_at_end, player.session.window.next)
    say(player, SetLoop(passes=None))
    play_out(player, most=9)
    assert [0, 1] == rows_of(link.batches[2])[:2]


def test_files_without_a_quote_are_at_their_end_however_often_they_are_to_be_played(
    tmp_path: Path, time: FakeTime
) -> None:
    replay = ReplaySettings(historical=(Path("a.csv"),), rate=None, loop=None)
    player = Player(
        replay,
        make_session(replay, RUN),
        FakeInputs(tmp_path, historical=Recording.of()),
        FakeLink(),
    )
    load(player, None, 0, NO_LIMIT)
    for _ in range(5):
        assert not player.play(time.now_ns)

    assert player.is_at_end


def test_a_step_sends_exactly_so_many_and_the_clock_stands_at_the_last(
    tmp_path: Path, time: FakeTime
) -> None:
    link = FakeLink()
    player = loaded(tmp_path, link)
    player.playback.set_rate(None, time.now_ns)
    player.playback.pause(time.now_ns)
    player.playback.step(4)
    play_out(player)

    assert [0, 1, 2, 3] == [row for batch in link.batches for row in rows_of(batch)]
    assert (30, 0) == (player.playback.present_ns(time.now_ns), player.playback.steps_left)


def test_what_had_left_before_the_pause_leaves_again_for_a_sink_that_was_restarted(
    tmp_path: Path, time: FakeTime
) -> None:
    link = FakeLink()
    player = loaded(tmp_path, link, batch=2)
    for _ in range(3):
        player.play(time.now_ns)
    player.playback.pause(time.now_ns)
    first = link.batches[0]
    sent = player.session.window.next
    load(player, ReplayCursor.unpack(first.cursor), first.count, NO_LIMIT)
    play_out(player)

    assert sent == player.session.window.next


def test_after_a_seek_the_clock_stands_at_the_instant_that_was_asked_for(
    tmp_path: Path, time: FakeTime
) -> None:
    link = FakeLink()
    replay = ReplaySettings(historical=(Path("a.csv"),))
    arrivals = tuple(number * SECOND_NS for number in range(10))
    player = Player(
        replay,
        make_session(replay, RUN),
        FakeInputs(tmp_path, historical=Recording.of(arrivals)),
        link,
    )
    load(player, None, 0, NO_LIMIT)
    player.play(time.now_ns)
    say(player, SeekTo(5 * SECOND_NS - 300_000_000))

    assert not player.play(time.now_ns)
    assert time.now_ns + 300_000_000 == player.playback.due_ns()
    time.now_ns += 300_000_000
    assert player.play(time.now_ns)
    assert [[0], [5]] == [rows_of(batch) for batch in link.batches]
    assert "seek" == link.batches[1].reason
