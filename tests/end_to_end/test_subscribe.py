"""A subscriber of a replayer that exits at the end of its files gets all, and an end."""

import asyncio
from pathlib import Path

import pytest

import zreplay
from protocol.errors import LinkError
from tests.end_to_end.processes import finish, start
from tests.zreplay.fake_sink import write_recording

QUOTES = 2_000


def test_a_replayer_that_exits_when_done_tells_its_subscriber_that_it_was_the_end(
    tmp_path: Path,
) -> None:
    recording = write_recording(tmp_path / "quotes.csv", QUOTES)
    addresses = {name: f"ipc://{tmp_path}/{name}" for name in ("bind", "control")}
    replayer = start(
        "zreplay",
        *("serve", recording, "--speed", "max", "--acks", "none", "--exit-when-done"),
        *("--state", tmp_path / "state", "--wait-workers", 1),
        *(word for name, address in addresses.items() for word in (f"--{name}", address)),
    )
    with zreplay.subscribe(addresses["bind"], control=addresses["control"]) as subscription:
        quotes = sum(received.quotes.num_rows for received in subscription)
        was_stopped = subscription.was_stopped

    assert 0 == replayer.wait(60)
    assert replayer.stdout is not None
    replayer.stdout.close()
    assert (QUOTES, False) == (quotes, was_stopped)


def test_a_replayer_that_is_stopped_in_the_middle_tells_its_subscriber_so(tmp_path: Path) -> None:
    recording = write_recording(tmp_path / "quotes.csv", QUOTES)
    addresses = {name: f"ipc://{tmp_path}/{name}" for name in ("bind", "control")}
    replayer = start(
        "zreplay",
        *("serve", recording, "--acks", "none", "--state", tmp_path / "state"),
        *("--start-paused", *(f"--{name}={address}" for name, address in addresses.items())),
    )
    with zreplay.subscribe(addresses["bind"], control=addresses["control"]) as subscription:
        finish("zreplay", "ctl", "--control", addresses["control"], "--timeout", 30, "step", 3)
        next(subscription)
        finish("zreplay", "ctl", "--control", addresses["control"], "stop")
        rest = [*subscription]
        was_stopped = subscription.was_stopped

    assert 0 == replayer.wait(60)
    assert replayer.stdout is not None
    replayer.stdout.close()
    assert ([], True) == (rest, was_stopped)


def test_an_asyncio_consumer_whose_replayer_is_killed_is_told_and_its_other_tasks_go_on(
    tmp_path: Path,
) -> None:
    recording = write_recording(tmp_path / "quotes.csv", QUOTES)
    addresses = {name: f"ipc://{tmp_path}/{name}" for name in ("bind", "control")}
    replayer = start(
        "zreplay",
        *("serve", recording, "--acks", "none", "--state", tmp_path / "state"),
        *(word for name, address in addresses.items() for word in (f"--{name}", address)),
    )
    records, turns = list[int](), list[int]()

    async def watch() -> None:
        async with zreplay.subscribe(addresses["bind"], control=addresses["control"]) as quotes:
            async for received in quotes:
                records.append(received.first)
                if len(records) == 1:
                    replayer.kill()

    async def other(watching: "asyncio.Task[None]") -> None:
        while not watching.done():
            turns.append(len(records))
            await asyncio.sleep(0)

    async def both() -> None:
        watching = asyncio.create_task(watch())
        await other(watching)
        await watching

    with pytest.raises(LinkError, match="did not answer|no replayer|gone|ended"):
        asyncio.run(both())

    replayer.communicate()
    assert sorted(set(records)) == records
    assert turns[-1] == len(records) > 0
