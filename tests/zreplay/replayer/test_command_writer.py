"""A command is accepted once it is on disk, and a disk that is full is tried again."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from protocol.errors import InputError, NoRoom, ResultLogError, SettingsError
from protocol.messages import LIVE
from tests.zreplay.fakes import FakeInputs, Recording, make_session, welcome
from zreplay.delivery.command import Command, SeekTo, SetMode
from zreplay.playback.replay_clock import FOREVER_NS
from zreplay.replayer.command_writer import FULL_DISK_RETRY_NS, CommandWriter
from zreplay.replayer.errands import Errands
from zreplay.replayer.from_settings import playback_of
from zreplay.replayer.input_opener import InputOpener
from zreplay.replayer.state import ReplayerState
from zreplay.settings import ReplaySettings

RUN = b"r" * 16
PATIENCE_SECONDS = 10.0


class World:
    """A session that was admitted, and a disk that may refuse."""

    def __init__(self, folder: Path) -> None:
        replay = ReplaySettings(historical=(Path("a.csv"),), live=("ws://x",))
        self.bell = threading.Event()
        self.errands = Errands(self.bell.set)
        self.session = make_session(replay, RUN)
        self.state = ReplayerState(folder, fresh=False, lock_wait_ns=0)
        self.inputs = FakeInputs(folder, historical=Recording.of(range(9)))
        self.failures: list[Exception] = []
        self.playback = playback_of(replay)
        self.opener = InputOpener(
            self.session, self.playback, self.inputs, self.errands, self.failures.append
        )
        self.writer = CommandWriter(
            self.session, self.state, self.opener, self.errands, self.failures.append
        )
        self.reopen()

    def reopen(self) -> None:
        self.opener.reopen(welcome(self.session))
        self.opener.open_wanted()
        self.run_errands()

    def accept(self, command: Command) -> int | None:
        outcome = self.errands.add(self.writer.accept(command))
        while not outcome.done():
            self.turn()
        return outcome.result()

    def turn(self) -> None:
        assert self.bell.wait(PATIENCE_SECONDS)
        self.bell.clear()
        self.errands.advance()

    def save_records(self, now_ns: int) -> None:
        self.writer.save_records(now_ns)
        self.run_errands()

    def run_errands(self) -> None:
        while self.errands._waiting:
            self.turn()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.errands.close()
    world.state.close()


def test_what_is_accepted_is_on_disk_and_done(world: World) -> None:
    assert 0 == world.accept(SetMode(LIVE))
    assert [SetMode(LIVE, 0)] == world.state.read_commands(RUN)
    assert LIVE == world.session.state.mode


def test_what_the_disk_does_not_take_has_not_happened(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ResultLogError("cannot write")

    monkeypatch.setattr(ReplayerState, "write_commands", fail)
    with pytest.raises(ResultLogError):
        world.accept(SetMode(LIVE))

    assert ([], None) == (world.session.log.kept, world.session.to_save())


def test_a_seek_into_a_file_that_cannot_be_read_ends_the_run(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = InputError("the disk is gone")

    def fail(*_: object) -> bytes:
        raise error

    monkeypatch.setattr(world.inputs.historical, "seek", fail)
    with pytest.raises(InputError):
        world.accept(SeekTo(3))

    assert [error] == world.failures


def test_a_full_disk_is_named_and_tried_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(*_: object) -> None:
        raise NoRoom("commands.json: full")

    world.session.admission.leave(bytes(16))
    world.accept(SetMode(LIVE))
    welcome(world.session)
    with monkeypatch.context() as full:
        full.setattr(ReplayerState, "write_commands", no_room)
        world.save_records(0)
        assert "commands.json: full" == world.writer.stalled
        again_ns = world.writer.due_ns(0)
        assert again_ns > FULL_DISK_RETRY_NS
        world.save_records(again_ns - 1)
        assert not world.session.room()
    world.save_records(again_ns)

    assert ("", FOREVER_NS) == (world.writer.stalled, world.writer.due_ns(0))
    assert [SetMode(LIVE, 0)] == world.state.read_commands(RUN)


def test_places_that_cannot_be_saved_at_all_are_an_error_of_the_run(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = ResultLogError("the disk is gone")

    def fail(*_: object) -> None:
        raise error

    world.session.admission.leave(bytes(16))
    world.accept(SetMode(LIVE))
    welcome(world.session)
    monkeypatch.setattr(ReplayerState, "write_commands", fail)
    world.save_records(0)

    assert [error] == world.failures
    assert not world.session.room()


def test_a_place_that_a_restarted_sink_took_away_is_refused_and_saved_over(world: World) -> None:
    errand = world.writer.accept(SetMode(LIVE))
    next(errand)()
    world.reopen()
    with pytest.raises(SettingsError, match="restarted meanwhile"):
        errand.send(None)
    assert 0 == world.session.room()

    world.save_records(0)

    assert [] == world.state.read_commands(RUN)
    assert world.session.room()
