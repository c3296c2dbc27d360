"""A replay from Python: all quotes, its controls, and the reason when it cannot go on."""

import asyncio
import os
import signal
from pathlib import Path

import pyarrow as pa
import pytest

import zreplay
from protocol.errors import InputError, LinkError, ResultLogError, SettingsError
from tests.zreplay.fake_sink import write_recording
from zreplay.consumer.replay import error_of


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    return write_recording(tmp_path / "quotes.csv", 500)


def test_it_gives_what_read_gives(recording: Path) -> None:
    with zreplay.Replay(recording, speed="max") as replay:
        batches = [received.quotes for received in replay]

    assert zreplay.read(recording).read_all().equals(pa.Table.from_batches(batches))


def test_it_is_paused_stepped_and_sought(recording: Path) -> None:
    with zreplay.Replay(recording, speed="max", start_paused=True) as replay:
        replay.step(3)
        records = [next(iter(replay)).quotes.num_rows]
        assert "PAUSED" == replay.status()["state"]
        replay.seek("start")
        replay.resume()
        records += [received.quotes.num_rows for received in replay]

    assert 503 == sum(records)


def test_a_stop_ends_the_iteration(recording: Path) -> None:
    with zreplay.Replay(recording, start_paused=True) as replay:
        replay.step(2)
        next(iter(replay))
        replay.stop()

        assert [] == [*replay]


def test_an_asynchronous_loop_gets_the_same(recording: Path) -> None:
    async def count() -> int:
        async with zreplay.Replay(recording, speed="max") as replay:
            return sum([received.quotes.num_rows async for received in replay])

    assert 500 == asyncio.run(count())


def test_a_replayer_that_is_killed_is_an_error_and_not_an_end(recording: Path) -> None:
    with zreplay.Replay(recording, start_paused=True) as replay:
        replay.step(2)
        next(iter(replay))
        os.kill(replay.status()["pid"], signal.SIGKILL)

        with pytest.raises(LinkError, match="killed by signal 9"):
            next(iter(replay))


def test_what_it_cannot_replay_is_its_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.csv"), zreplay.Replay(tmp_path / "none.csv"):
        pass


def test_a_verb_with_a_wrong_value_is_refused_and_the_replay_goes_on(recording: Path) -> None:
    with zreplay.Replay(recording, speed="max", start_paused=True) as replay:
        with pytest.raises(SettingsError):
            replay.speed("fast")
        replay.resume()

        assert 500 == sum(received.quotes.num_rows for received in replay)


def test_what_is_not_started_says_so(recording: Path) -> None:
    replay = zreplay.Replay(recording)

    with pytest.raises(SettingsError, match="not started"):
        iter(replay)
    with pytest.raises(SettingsError, match="not started"):
        replay.pause()


@pytest.mark.parametrize(
    ("code", "kind"), [(2, SettingsError), (4, InputError), (6, ResultLogError), (99, LinkError)]
)
def test_an_exit_code_is_the_error_of_its_kind(code: int, kind: type[Exception]) -> None:
    error = error_of(code, "x\nerror Z401: a.csv: gone\nfix: look\n")

    assert kind is type(error)
    assert ("a.csv: gone", "look", "Z401") == (error.what, error.fix, error.code)
