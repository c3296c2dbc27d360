"""However long inputs take to open, nothing leaves before, nothing else waits, the last counts."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import pytest

from protocol.errors import InputError
from protocol.messages import HISTORICAL, LIVE
from tests.zreplay.fakes import (
    AtOnce,
    FakeInputs,
    FakeLink,
    Player,
    Recording,
    make_session,
    rows_of,
    save,
    welcome,
)
from zreplay.delivery.command import SeekTo, SetLoop, SetMode
from zreplay.delivery.cursor import ReplayCursor
from zreplay.replayer.errands import Errands
from zreplay.replayer.input_opener import InputOpener
from zreplay.settings import ReplaySettings

RUN = b"r" * 16
ARRIVALS = (10, 20, 30, 40)


class SlowThread(Executor):
    """Does its work when a test says so."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Future[Any], Callable[[], Any]]] = []

    def submit(self, work: Any, /, *arguments: Any, **options: Any) -> "Future[Any]":
        done: Future[Any] = Future()
        self.waiting.append((done, work))
        return done

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        pass


class World(Player):
    """A player whose inputs take as long to open as a test wants."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        replay = ReplaySettings(
            historical=(Path("a.csv"),), live=("ws://x",), rate=None, batch_quotes=2, **settings
        )
        self.fakes = FakeInputs(
            folder, historical=Recording.of(ARRIVALS), live=Recording.of(range(3), is_live=True)
        )
        self.link = FakeLink()
        super().__init__(replay, make_session(replay, RUN), self.fakes, self.link)
        self.thread = SlowThread()
        self.errands = Errands(lambda: None, self.thread)
        self.opener = InputOpener(
            self.session, self.playback, self.inputs, self.errands, self.failures.append
        )

    def begin(self, *place: Any) -> None:
        self.opener.reopen(welcome(self.session, *place))
        self.opener.open_wanted()

    def say(self, *commands: SeekTo | SetMode | SetLoop) -> None:
        for command in commands:
            self.session.propose(command)
            self.opener.do(save(self.session))

    def open(self) -> None:
        """Let the thread do what it has."""
        for done, work in self.thread.waiting[:]:
            del self.thread.waiting[0]
            done.set_running_or_notify_cancel()
            try:
                done.set_result(work())
            except Exception as error:
                done.set_exception(error)
        self.errands.advance()

    def rows(self) -> list[list[int]]:
        return [rows_of(batch) for batch in self.link.batches]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def begun(world: World) -> World:
    world.begin()
    world.open()
    return world


def test_nothing_leaves_before_the_run_is_open_where_it_goes_on(world: World) -> None:
    world.begin(ReplayCursor(historical=b"1"), 1)
    assert [False, False] == [world.play(now_ns) for now_ns in (1, 2)]
    assert not world.is_at_end
    world.open()

    assert world.play(3)
    assert [[1, 2]] == world.rows()


def test_while_a_seek_is_opened_the_clock_stands_there_and_what_is_asked_is_answered(
    world: World,
) -> None:
    begun(world).play(1)
    world.say(SeekTo(30))
    assert not world.play(2)
    world.playback.pause(3)
    status = world.session.status(3, files_ended=world.playback.files_ended)
    assert (30, True, False) == (
        world.playback.present_ns(3),
        world.playback.is_paused,
        status.is_at_end,
    )
    world.playback.resume(4)
    world.open()

    assert world.play(5)
    assert [[0, 1], [2, 3]] == world.rows()


def test_of_two_seeks_the_last_counts_however_late_the_first_is_found(world: World) -> None:
    begun(world).play(1)
    world.say(SeekTo(20))
    world.play(2)
    world.say(SeekTo(40))
    world.open()
    assert not world.play(3)
    world.open()

    assert world.play(4)
    assert [[0, 1], [3]] == world.rows()


def test_a_sink_that_is_restarted_meanwhile_makes_a_seek_void(world: World) -> None:
    begun(world).play(1)
    world.say(SeekTo(40))
    world.play(2)
    world.begin()
    for _ in range(3):
        world.open()

    assert world.play(3)
    assert [[0, 1], [0, 1]] == world.rows()


def test_a_seek_that_has_its_place_already_is_opened_at_a_restart(world: World) -> None:
    world.session.log.commands.append(SeekTo(30, 2))
    world.begin()
    world.open()
    assert [True, False] == [world.play(now_ns) for now_ns in (1, 2)]
    world.open()

    assert world.play(3)
    assert [[0, 1], [2, 3]] == world.rows()


def test_a_pass_that_is_cancelled_while_it_is_opened_has_not_happened(tmp_path: Path) -> None:
    world = begun(World(tmp_path, loop=None))
    assert [True, True, False] == [world.play(now_ns) for now_ns in (1, 2, 3)]
    assert 1 == len(world.thread.waiting)
    world.say(SetLoop(passes=1))
    world.open()
    world.open()

    assert (True, False) == (world.is_at_end, world.play(4))
    assert [[0, 1], [2, 3]] == world.rows()


def test_live_quotes_wait_too_and_then_go_on(world: World) -> None:
    begun(world).play(1)
    world.say(SeekTo(None), SetMode(LIVE))
    assert (False, LIVE) == (world.play(2), world.fakes.selected[-1])
    world.open()

    assert world.play(3)
    assert [(HISTORICAL, [0, 1]), (LIVE, [0, 1])] == [
        (batch.mode, rows_of(batch)) for batch in world.link.batches
    ]


@pytest.mark.parametrize("error", [InputError("the disk is gone"), RuntimeError("a bug")])
def test_what_cannot_be_opened_ends_the_run_and_is_not_tried_again(
    world: World, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: object) -> bytes:
        raise error

    begun(world).play(1)
    monkeypatch.setattr(world.inputs.historical, "seek", fail)
    world.say(SeekTo(30))
    world.opener.open_wanted()
    world.open()
    assert [error] == world.failures
    world.session.ending.drain(2, 0)
    world.opener.open_wanted()

    assert ([], False) == (world.thread.waiting, world.play(3))


def test_it_is_under_way_once_however_often_it_is_asked_for(world: World) -> None:
    world.begin()
    for _ in range(3):
        world.opener.open_wanted()

    assert 1 == len(world.thread.waiting) + len(world.errands._waiting) - 1


def test_at_once_is_no_special_case(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.opener = InputOpener(
        world.session,
        world.playback,
        world.inputs,
        Errands(lambda: None, AtOnce()),
        world.failures.append,
    )
    world.begin()

    assert world.play(1)
