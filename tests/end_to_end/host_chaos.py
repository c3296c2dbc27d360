"""Seeded schedules of what can happen to hosts with keys, one thing while another lasts.

A process is killed while its cable is out, and begins anew before the cable is back, or after; a
host dies, and is back elsewhere; two or all are struck at once.
"""

import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from tests.end_to_end.hosts import NAMES, SAMPLE, Hosts, hosts
from tests.end_to_end.processes import until
from tests.reference import reference_logs

VICTIMS: Final = NAMES[:4]
MEAN_PAUSE_SECONDS: Final = 1.5
MEAN_AWAY_SECONDS: Final = 2.0
LONGEST_AWAY_SECONDS: Final = 12.0
LOOK_SECONDS: Final = 0.02
SPEED: Final = "0.2"
LOST_ENDS: Final = range(200, 250)
"""The last bytes of addresses that no host has at first."""


class Outcome(NamedTuple):
    """What a schedule did, and what came of it."""

    cuts: int
    kills: int
    stops: int
    deaths: int
    exit_codes: tuple[int | None, ...]
    is_identical: bool

    @property
    def is_good(self) -> bool:
        return self.is_identical and self.exit_codes == (0, 0)


class HostChaos:
    """One schedule over hosts that replay."""

    def __init__(self, these: Hosts, seed: int) -> None:
        self._these = these
        self._choices = random.Random(f"hosts {seed}")
        self._later: list[tuple[float, Callable[[], None]]] = []
        self._away: set[str] = set()
        self.cuts = self.kills = self.stops = self.deaths = 0

    def run(self, faults: int) -> Outcome:
        """Strike so many times, and let the run finish."""
        these = self._these
        these.start_all("--speed", SPEED, SAMPLE)
        until(these.size, "a first commit")
        next_fault = 0.0
        while faults or self._later:
            now = time.monotonic()
            if faults and now >= next_fault:
                faults -= 1
                self._strike(now)
                next_fault = now + self._choices.expovariate(1 / MEAN_PAUSE_SECONDS)
            for due in [each for each in self._later if each[0] <= now]:
                self._later.remove(due)
                due[1]()
            time.sleep(LOOK_SECONDS)
        is_identical = these.finish() == reference_logs([SAMPLE])[:2]
        ended = [these.hosts[name].process for name in ("replayer", "sink")]
        codes = tuple(process.returncode for process in ended if process is not None)
        return Outcome(self.cuts, self.kills, self.stops, self.deaths, codes, is_identical)

    def _strike(self, now: float) -> None:
        here = [name for name in VICTIMS if name not in self._away]
        count = self._choices.choice((1, 1, 2, len(VICTIMS)))
        for name in self._choices.sample(here, min(count, len(here))):
            self._away.add(name)
            strike = self._choices.choice((self._cut, self._cut_and_kill, self._stop, self._die))
            strike(name, now)

    def _seconds(self) -> float:
        return min(LONGEST_AWAY_SECONDS, self._choices.expovariate(1 / MEAN_AWAY_SECONDS))

    def _at(self, when: float, what: Callable[[], None]) -> None:
        self._later.append((when, what))

    def _back(self, name: str, undo: Callable[[str], None]) -> Callable[[], None]:
        def come_back() -> None:
            undo(name)
            self._away.discard(name)

        return come_back

    def _cut(self, name: str, now: float) -> None:
        self.cuts += 1
        self._these.pull(name)
        self._at(now + self._seconds(), self._back(name, self._these.plug_in))

    def _cut_and_kill(self, name: str, now: float) -> None:
        """Kill what runs there in the dark; it begins anew in the dark, or in the light."""
        self.cuts += 1
        self.kills += 1
        self._these.pull(name)
        killed, begun, plugged = sorted(now + self._seconds() for _ in range(3))
        self._at(killed, self._these.hosts[name].kill)
        last, earlier = self._begin, self._these.plug_in
        if self._choices.random() < 0.5:
            last, earlier = earlier, last
        self._at(begun, lambda: earlier(name))
        self._at(plugged, self._back(name, last))

    def _begin(self, name: str) -> None:
        self._these.start(name, *self._these.hosts[name].words)

    def _stop(self, name: str, now: float) -> None:
        self.stops += 1
        self._these.stand_still(name)
        self._at(now + self._seconds(), self._back(name, self._these.go_on))

    def _die(self, name: str, now: float) -> None:
        self.deaths += 1
        self._these.die(name)
        address = ""
        if self._choices.random() < 0.5:
            taken = {host.address for host in self._these.hosts.values()}
            net = self._these.hosts[name].address.rpartition(".")[0]
            free = [f"{net}.{end}" for end in LOST_ENDS if f"{net}.{end}" not in taken]
            address = self._choices.choice(free)
        come_back = lambda name: self._these.come_back(name, address)  # noqa: E731
        self._at(now + self._seconds(), self._back(name, come_back))


def run_schedule(seed: int, faults: int) -> Outcome:
    """Run one schedule to its end.

    Raises:
        NotAllowed: this process may not make network namespaces.
        AssertionError: the run did not finish.
    """
    with tempfile.TemporaryDirectory(prefix="hosts-") as folder, hosts(Path(folder)) as these:
        return HostChaos(these, seed).run(faults)
