"""The exchange plays one timeline to all clients, at the recorded pace, and repeats nothing."""

import asyncio
import json
import os
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedOK

from protocol.errors import InputError, LinkError, SettingsError
from protocol.program.stop import StopSignal
from tests.zreplay.feed_server import until
from zreplay.mock_exchange.exchange import FeedSettings, run_feed, serve_feed
from zreplay.mock_exchange.feed_tape import FeedTape, TimedMessages

HEADER = ",index,timestamp,ticker,ask_amount,ask_price,bid_price,bid_amount"


def recording(tmp_path: Path, *times: str) -> Path:
    path = tmp_path / "quotes.csv"
    rows = [f"0,{n},2025-10-02 00:00:{at},A,1,2,3,4" for n, at in enumerate(times)]
    path.write_text("\n".join([HEADER, *rows, ""]))
    return path


@pytest.fixture
def stop() -> Any:
    stop = StopSignal()
    yield stop
    stop.close()


@asynccontextmanager
async def exchange(path: Path, stop: StopSignal, **options: Any) -> AsyncIterator[str]:
    port_file = path.with_name("port")
    settings = FeedSettings(path, port=0, port_file=port_file, **options)
    task = asyncio.create_task(serve_feed(settings, stop))
    await until(lambda: task.done() or (port_file.exists() and bool(port_file.read_text())))
    if task.done():
        task.result()
    yield f"ws://127.0.0.1:{port_file.read_text().strip()}"
    stop.request()
    await asyncio.wait_for(task, 5)


async def indexes(client: ClientConnection, count: int) -> list[int]:
    async with asyncio.timeout(5):
        return [json.loads(await client.recv())["index"] for _ in range(count)]


async def test_every_quote_is_sent_in_order_one_a_message(tmp_path: Path, stop: StopSignal) -> None:
    path = recording(tmp_path, *["00.000"] * 3000)
    async with exchange(path, stop, speed=None) as url, connect(url) as client:
        assert list(range(3000)) == await indexes(client, 3000)


async def test_the_pace_is_that_of_the_recording(tmp_path: Path, stop: StopSignal) -> None:
    path = recording(tmp_path, "00.000", "00.100", "00.300", "00.200", "00.400")
    arrivals = []
    async with exchange(path, stop) as url, connect(url) as client:
        for number in range(5):
            assert [number] == await indexes(client, 1)
            arrivals.append(time.monotonic())

    passed = [arrival - arrivals[0] for arrival in arrivals]
    for expected, found in zip((0.0, 0.1, 0.3, 0.3, 0.4), passed, strict=True):
        assert abs(found - expected) < 0.08


async def test_a_row_whose_time_steps_back_pulls_none_before_it_forward(
    tmp_path: Path, stop: StopSignal
) -> None:
    path = recording(tmp_path, "00.000", "00.050", "00.400", "00.050", "00.050", "00.050")
    async with exchange(path, stop) as url, connect(url) as client:
        assert [0] == await indexes(client, 1)
        began = time.monotonic()
        assert [1, 2, 3, 4, 5] == await indexes(client, 5)

    assert time.monotonic() - began > 0.3


async def test_a_speed_divides_the_times(tmp_path: Path, stop: StopSignal) -> None:
    path = recording(tmp_path, "00.000", "40.000")
    async with exchange(path, stop, speed=Fraction(400)) as url, connect(url) as client:
        began = time.monotonic()
        await indexes(client, 2)

    assert 0.05 < time.monotonic() - began < 0.5


async def test_an_unpaced_exchange_goes_on_where_the_last_client_left(
    tmp_path: Path, stop: StopSignal
) -> None:
    path = recording(tmp_path, *["00.000"] * 60_000)
    async with exchange(path, stop, speed=None) as url:
        async with connect(url, close_timeout=0.1) as client:
            before = await indexes(client, 10)
        async with connect(url, close_timeout=0.1) as client:
            after = await indexes(client, 10)

    assert list(range(10)) == before
    assert after[0] > before[-1]
    assert list(range(after[0], after[0] + 10)) == after


async def test_a_paced_exchange_does_not_wait_for_who_left(
    tmp_path: Path, stop: StopSignal
) -> None:
    path = recording(tmp_path, "00.000", "00.050", "00.100", "05.000")
    async with exchange(path, stop, speed=Fraction(10)) as url:
        async with connect(url) as client:
            assert [0] == await indexes(client, 1)
        await until_passed(0.05)
        async with connect(url) as client:
            assert [3] == await indexes(client, 1)


async def test_all_clients_get_the_same_from_their_connection_on(
    tmp_path: Path, stop: StopSignal
) -> None:
    path = recording(tmp_path, "00.000", "00.200", "00.200", "00.300")
    async with exchange(path, stop) as url, connect(url) as first:
        assert [0] == await indexes(first, 1)
        async with connect(url) as second:
            assert [1, 2, 3] == await indexes(second, 3)
        assert [1, 2, 3] == await indexes(first, 3)


async def test_per_client_each_play_begins_at_the_beginning(
    tmp_path: Path, stop: StopSignal
) -> None:
    path = recording(tmp_path, *["00.000"] * 5)
    async with exchange(path, stop, per_client=True) as url:
        for _ in range(2):
            async with connect(url) as client:
                assert [0, 1, 2, 3, 4] == await indexes(client, 5)


async def test_a_loop_begins_again_without_a_pause_of_its_own(
    tmp_path: Path, stop: StopSignal
) -> None:
    path = recording(tmp_path, "00.000", "00.010")
    async with exchange(path, stop, loop=True) as url, connect(url) as client:
        assert [0, 1] * 5 == await indexes(client, 10)


async def test_a_loop_over_nothing_ends(tmp_path: Path, stop: StopSignal) -> None:
    path = recording(tmp_path)
    async with exchange(path, stop, loop=True, linger=False) as url, connect(url) as client:
        with pytest.raises(ConnectionClosedOK):
            await asyncio.wait_for(client.recv(), 5)


@pytest.mark.parametrize("per_client", [False, True])
async def test_at_the_end_the_connection_is_closed_if_so_asked(
    tmp_path: Path, stop: StopSignal, per_client: bool
) -> None:
    path = recording(tmp_path, "00.000")
    options = {"linger": False, "per_client": per_client}
    async with exchange(path, stop, **options) as url, connect(url) as client:
        assert [0] == await indexes(client, 1)
        with pytest.raises(ConnectionClosedOK):
            await asyncio.wait_for(client.recv(), 5)


async def test_a_subscription_is_not_listened_to(tmp_path: Path, stop: StopSignal) -> None:
    path = recording(tmp_path, "00.000", "00.020")
    async with exchange(path, stop) as url, connect(url) as client:
        for _ in range(50):
            await client.send('{"op":"subscribe"}')
        assert [0, 1] == await indexes(client, 2)
        for _ in range(50):
            await client.send('{"op":"subscribe"}')
        await asyncio.wait_for(await client.ping(), 5)


@pytest.fixture
def portions_read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by one with each portion that is read of any tape."""
    read: list[int] = []
    portions_of = FeedTape.portions

    def counted(tape: FeedTape) -> Iterator[TimedMessages]:
        for portion in portions_of(tape):
            read.append(len(portion.messages))
            yield portion

    monkeypatch.setattr(FeedTape, "portions", counted)
    return read


async def until_passed(seconds: float) -> None:
    """Let real time pass, and everything else run meanwhile."""
    began = time.monotonic()
    await until(lambda: time.monotonic() > began + seconds)


async def until_still(portions_read: list[int]) -> None:
    """Wait until no more is read for a tenth of a second."""
    before = -1
    while before != len(portions_read):
        before = len(portions_read)
        await until_passed(0.1)


async def test_a_client_that_does_not_read_is_waited_for_in_bounded_memory(
    tmp_path: Path, stop: StopSignal, portions_read: list[int]
) -> None:
    path = recording(tmp_path, *["00.000"] * 100)
    options = {"speed": None, "loop": True}
    async with (
        exchange(path, stop, **options) as url,
        connect(url, max_queue=4, close_timeout=0.1) as client,
    ):
        await asyncio.wait_for(until_still(portions_read), 20)
        assert [*range(100)] * 3 == await indexes(client, 300)


async def test_an_unpaced_exchange_waits_while_nobody_is_connected(
    tmp_path: Path, stop: StopSignal, portions_read: list[int]
) -> None:
    path = recording(tmp_path, *["00.000"] * 100)
    async with exchange(path, stop, speed=None, loop=True) as url:
        assert [] == portions_read
        async with connect(url, close_timeout=0.1) as client:
            await indexes(client, 1)
        await asyncio.wait_for(until_still(portions_read), 20)


async def test_the_end_of_the_parent_ends_the_feed(tmp_path: Path, stop: StopSignal) -> None:
    read_fd, write_fd = os.pipe()
    settings = FeedSettings(recording(tmp_path, "00.000"), port=0, parent_fd=read_fd)
    task = asyncio.create_task(serve_feed(settings, stop))
    await asyncio.sleep(0)
    os.close(write_fd)

    await asyncio.wait_for(task, 5)
    os.close(read_fd)


def test_a_stop_ends_the_feed_with_the_code_of_its_signal(tmp_path: Path) -> None:
    for signal_number, code in ((2, 130), (15, 0)):
        stop = StopSignal()
        stop.request(signal_number)
        settings = FeedSettings(recording(tmp_path, "00.000"), port=0)
        assert code == run_feed(settings, stop)
        stop.close()


def test_a_port_in_use_is_named(tmp_path: Path, stop: StopSignal) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(LinkError, match=rf"cannot listen on ws://127\.0\.0\.1:{port}: Addr"):
            run_feed(FeedSettings(recording(tmp_path), port=port), stop)


def test_an_address_that_others_reach_must_be_asked_for(tmp_path: Path, stop: StopSignal) -> None:
    with pytest.raises(SettingsError, match="can be reached by others"):
        run_feed(FeedSettings(recording(tmp_path), host="0.0.0.0", port=0), stop)


def test_a_missing_recording_and_an_impossible_port_are_refused(
    tmp_path: Path, stop: StopSignal
) -> None:
    with pytest.raises(InputError, match="cannot read"):
        run_feed(FeedSettings(tmp_path / "none.csv", port=0), stop)
    with pytest.raises(SettingsError, match="port was 70000"):
        FeedSettings(tmp_path / "none.csv", port=70_000)


@pytest.mark.parametrize("name", ["no/port", "9" * 5000, ""], ids=["folder", "long", "itself"])
async def test_a_port_file_that_cannot_be_written_is_a_wrong_setting(
    tmp_path: Path, stop: StopSignal, name: str
) -> None:
    path = recording(tmp_path, "00.000")
    settings = FeedSettings(path, port=0, port_file=tmp_path / name)

    with pytest.raises(SettingsError, match="--port-file cannot be written"):
        await serve_feed(settings, stop)
