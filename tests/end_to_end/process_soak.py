"""Parts that run for as long as told, with reconnects, rotations, restarts and a stopped sink.

What is looked at is what grows: memory and descriptors of each process that lives on, and what is
left behind in the folder of temporary files.
"""

import asyncio
import contextlib
import json
import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from tests.end_to_end.processes import Parts, parts, until
from tests.segments import closed_ever

LOOK_SECONDS = 0.5
WARM_SHARE = 0.5
"""So much of the time a process may grow: caches fill, and the allocator finds its size."""
KILLS_SHARE = 0.3
"""Only in so much of the time is anyone killed: who lives then does so long enough to be judged."""
LEAST_SECONDS = 30.0
"""Who was there for less has not come to its size."""
ROTATE_BYTES = 20_000
QUOTES_A_SECOND = 2_000
PIECE_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Sample:
    seconds: float
    rss_bytes: int
    descriptors: int


@dataclass(slots=True)
class Growth:
    """How a process that lived on has grown since it was warm; slopes are per minute."""

    role: str
    seconds: float
    rss_bytes: int
    rss_slope: float
    descriptors: int
    descriptor_slope: float


@dataclass(slots=True)
class Report:
    reconnects: int = 0
    rotations: int = 0
    restarts: int = 0
    stops: int = 0
    lines: int = 0
    growth: list[Growth] = field(default_factory=list)
    left_behind: list[str] = field(default_factory=list)


def growth_of(role: str, samples: list[Sample]) -> Growth | None:
    """Return how a process has grown, None if it was not there for long enough."""
    alive = [each for each in samples if each.rss_bytes]  # one that was killed has none
    if not alive or alive[-1].seconds < LEAST_SECONDS:
        return None
    warm = [each for each in alive if each.seconds >= WARM_SHARE * alive[-1].seconds]
    minutes = [each.seconds / 60 for each in warm]
    return Growth(
        role,
        alive[-1].seconds,
        warm[-1].rss_bytes,
        slope(minutes, [each.rss_bytes for each in warm]),
        warm[-1].descriptors,
        slope(minutes, [each.descriptors for each in warm]),
    )


def slope(xs: list[float], ys: list[int]) -> float:
    """Return the slope of the line of least squares."""
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    spread = sum((x - mean_x) ** 2 for x in xs)
    return sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True)) / spread


def look_at(pid: int, since: float) -> Sample | None:
    """Return what a process has now, None if it is gone."""
    with contextlib.suppress(OSError, IndexError):
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        rss_bytes = pages * os.sysconf("SC_PAGE_SIZE")
        return Sample(time.monotonic() - since, rss_bytes, len(os.listdir(f"/proc/{pid}/fd")))
    return None


class Exchange:
    """A feed that hangs up on whoever has listened for a while."""

    def __init__(self, seconds: float) -> None:
        self.connections = 0
        self.port = 0
        self._seconds = seconds
        self._is_up = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Exchange":
        self._thread.start()
        self._is_up.wait()
        return self

    def __exit__(self, *raised: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(self._listen())
        self.port = next(iter(server.sockets)).getsockname()[1]
        self._is_up.set()
        self._loop.run_forever()
        server.close()
        self._loop.run_until_complete(server.wait_closed())
        self._loop.close()

    async def _listen(self) -> Server:
        return await serve(self._play, "127.0.0.1", 0)

    async def _play(self, connection: ServerConnection) -> None:
        self.connections += 1
        number = self.connections * 1_000_000
        ends_at = time.monotonic() + self._seconds
        with contextlib.suppress(ConnectionClosed):
            while time.monotonic() < ends_at:
                count = round(QUOTES_A_SECOND * PIECE_SECONDS)
                quotes = [_quote(each) for each in range(number, number + count)]
                number += count
                await connection.send(json.dumps(quotes))
                await asyncio.sleep(PIECE_SECONDS)


def _quote(number: int) -> dict[str, object]:
    price = 100 + number % 97 / 10
    time_text = f"2026-01-15 12:00:{number % 60:02d}.{number % 1000:03d}"
    ticker = f"T{number % 7}@X"
    return {"timestamp": time_text, "ticker": ticker, "bid_price": price, "ask_price": price + 0.1}


class Soak:
    """One run of the parts; `seconds` long."""

    def __init__(self, folder: Path, seconds: float, seed: int) -> None:
        self._folder = folder
        self._seconds = seconds
        self._choices = random.Random(seed)
        self._temporary = folder / "tmp"
        self._temporary.mkdir()
        self._samples: dict[tuple[str, int], list[Sample]] = {}
        self._since: dict[int, float] = {}

    def run(self, say: Callable[[str], None]) -> Report:
        report = Report()
        with Exchange(seconds=0.4) as exchange, parts(self._folder) as these:
            roles = self._start(these, exchange.port)
            begun = next_fault = time.monotonic()
            next_fault += 5
            while (now := time.monotonic()) < begun + self._seconds:
                self._look(roles)
                if now >= next_fault:
                    may_kill = now < begun + KILLS_SHARE * self._seconds
                    self._strike(these, roles, report, may_kill=may_kill)
                    next_fault = now + self._choices.uniform(4, 9)
                    say(f"{now - begun:5.0f} s  {exchange.connections} connections")
                time.sleep(LOOK_SECONDS)
            report.reconnects = exchange.connections - 1
            committed = these.ask("status")["committed"]  # who was struck last is back by then
            until(lambda: these.ask("status")["committed"] > committed, "another commit")
            these.ask("stop")
            for role, process in roles.items():
                if role != "replayer":
                    process.send_signal(signal.SIGTERM)
            for process in roles.values():
                process.wait(60)
            report.lines = these.committed_lines()
            names = ("mid_prices.log", "errors.log", "mids.arrows")
            report.rotations = sum(closed_ever(these.out, name) for name in names)
        found = (growth_of(role, samples) for (role, _), samples in self._samples.items())
        report.growth = [each for each in found if each is not None]
        report.left_behind = sorted(path.name for path in self._temporary.iterdir())
        return report

    def _start(self, these: Parts, port: int) -> dict[str, "subprocess.Popen[str]"]:
        os.environ["TMPDIR"] = str(self._temporary)  # what is started here inherits it
        roles = {
            "replayer": these.serve("--live", f"ws://127.0.0.1:{port}"),
            "worker 1": these.worker("--table"),
            "worker 2": these.worker("--table"),
            "sink": self._sink(these),
        }
        until(lambda: these.ask("status")["committed"] > 0, "the first quotes")
        return roles

    def _sink(self, these: Parts) -> "subprocess.Popen[str]":
        keeping = ("--keep-logs", "200", "--compress", "zst", "--lock-wait", "5s")
        return these.sink("--rotate", str(ROTATE_BYTES), *keeping)

    def _strike(
        self,
        these: Parts,
        roles: dict[str, "subprocess.Popen[str]"],
        report: Report,
        *,
        may_kill: bool,
    ) -> None:
        """Kill a worker or, seldom, the sink; or stop the sink for a while."""
        kinds = ("worker", "worker", "stop", "stop", "sink") if may_kill else ("stop",)
        kind = self._choices.choice(kinds)
        if kind == "stop":
            roles["sink"].send_signal(signal.SIGSTOP)
            time.sleep(2)
            roles["sink"].send_signal(signal.SIGCONT)
            report.stops += 1
            return
        role = "worker 2" if kind == "worker" else "sink"
        roles[role].kill()
        roles[role].wait()
        roles[role] = these.worker("--table") if kind == "worker" else self._sink(these)
        report.restarts += 1

    def _look(self, roles: dict[str, "subprocess.Popen[str]"]) -> None:
        for role, process in roles.items():
            since = self._since.setdefault(process.pid, time.monotonic())
            sample = look_at(process.pid, since)
            if sample is not None:
                self._samples.setdefault((role, process.pid), []).append(sample)


def in_words(report: Report) -> Iterator[str]:
    """Yield the lines of a report."""
    yield (
        f"reconnects {report.reconnects}  rotations {report.rotations}  restarts {report.restarts}"
        f"  stops of the sink {report.stops}  lines {report.lines:,}"
    )
    for each in sorted(report.growth, key=lambda growth: (growth.role, -growth.seconds)):
        yield (
            f"{each.role:10} {each.seconds:6.0f} s  {each.rss_bytes / 1e6:6.1f} MB "
            f"{each.rss_slope / 1e3:+9.1f} kB/min  {each.descriptors:4} descriptors "
            f"{each.descriptor_slope:+6.2f}/min"
        )
    yield f"growth is that after {WARM_SHARE:.0%} of the time of each"
    yield f"left behind in /tmp: {', '.join(report.left_behind) or 'nothing'}"
