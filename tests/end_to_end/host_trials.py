"""What can happen between hosts, each with how long it takes until the next commit."""

import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from tests.end_to_end.hosts import NAMES, SAMPLE, Hosts, hosts
from tests.end_to_end.processes import until
from tests.reference import reference_logs

PARTS: Final = NAMES[:3]
"""The second worker is as the first."""
CUT_SECONDS: Final = (1, 10, 40)
DIRECTION_SECONDS: Final = 10
DEAD_SECONDS: Final = 10
WATCHED_SECONDS: Final = 20
STANDING_SECONDS: Final = 60
LOOK_SECONDS: Final = 0.02
ELSEWHERE: Final = "10.213.88.77"
LONG_PASSES: Final = 300
"""So often the sample is played where all buffers are to be full: what is sent is 300 MB."""


class Trial(NamedTuple):
    """Something that happens to hosts that replay; `run` returns seconds until the next commit."""

    group: str
    name: str
    run: Callable[[Hosts], float]
    is_shaped: bool = False


class Outcome(NamedTuple):
    """How long it took, and whether the logs are those of an undisturbed run."""

    seconds: float
    is_identical: bool


def trials() -> Iterator[Trial]:
    """Give all of them, the cheap ones first."""
    for host in PARTS:
        for seconds in CUT_SECONDS:
            yield Trial("cable", f"cable of the {host}, {seconds} s", partial(_pull, host, seconds))
    for host in PARTS:
        for state in ("deaf", "mute"):
            name = f"the {host} is {state}, {DIRECTION_SECONDS} s"
            yield Trial("direction", name, partial(_one_way, host, state), is_shaped=True)
    for order, name in (
        ("delay 0.12", "120 ms one way"),
        ("loss 0.02", "2 % of the frames lost"),
        ("loss 0.3", "30 % of the frames lost"),
    ):
        yield Trial("line", name, partial(_bad_line, order), is_shaped=True)
    for host in PARTS:
        for address, where in (("", "comes back"), (ELSEWHERE, "comes back elsewhere")):
            name = f"the {host} dies, {where} after {DEAD_SECONDS} s"
            yield Trial("death", name, partial(_die, host, address))
    yield Trial("nat", "a NAT forgets all connections", _forget, is_shaped=True)
    yield Trial("nat", "the same while all is paused", _forget_idle, is_shaped=True)
    name = f"worker and sink stand still for {STANDING_SECONDS} s, no connection is cut off"
    yield Trial("standing", name, _stand_still)


def run_trial(trial: Trial) -> Outcome:
    """Run one.

    Raises:
        NotAllowed: this process may not make network namespaces.
        AssertionError: nothing was committed for a minute, or a healthy connection was cut off.
    """
    with (
        tempfile.TemporaryDirectory(prefix="hosts-") as folder,
        hosts(Path(folder), is_shaped=trial.is_shaped) as these,
    ):
        seconds = trial.run(these)
        if trial.group == "standing":
            return Outcome(seconds, is_identical=True)  # as many lines are counted there
        return Outcome(seconds, these.finish() == reference_logs([SAMPLE])[:2])


def _begin(these: Hosts, speed: str = "0.1") -> None:
    these.start_all("--speed", speed, SAMPLE)
    until(these.size, "a first commit")


def _pull(host: str, seconds: float, these: Hosts) -> float:
    _begin(these)
    these.pull(host)
    time.sleep(seconds)
    these.plug_in(host)
    return these.recovery_seconds()


def _one_way(host: str, state: str, these: Hosts) -> float:
    _begin(these)
    these.shape(f"{state} {host}")
    time.sleep(DIRECTION_SECONDS)
    these.shape("restore")
    return these.recovery_seconds()


def _bad_line(order: str, these: Hosts) -> float:
    """Return the longest time without a commit on a line that is bad from before the start."""
    these.shape(order)
    _begin(these)
    longest, size, since = 0.0, these.size(), time.monotonic()
    give_up = since + WATCHED_SECONDS
    while (now := time.monotonic()) < give_up:
        if these.size() > size:
            longest, size, since = max(longest, now - since), these.size(), now
        time.sleep(LOOK_SECONDS)
    these.shape("restore")
    return max(longest, give_up - since)


def _die(host: str, address: str, these: Hosts) -> float:
    _begin(these)
    these.die(host)
    time.sleep(DEAD_SECONDS)
    these.come_back(host, address)
    return these.recovery_seconds()


def _forget(these: Hosts) -> float:
    _begin(these)
    these.shape("forget")
    return these.recovery_seconds()


def _forget_idle(these: Hosts) -> float:
    _begin(these)
    until(lambda: these.ask("pause"), "the replayer to pause")
    these.shape("forget")
    time.sleep(DIRECTION_SECONDS)
    until(lambda: these.ask("resume"), "the replayer to go on")
    return these.recovery_seconds()


def _stand_still(these: Hosts) -> float:
    """Fill all buffers before two that stand; afterwards all lines are there."""
    these.start_all("--speed", "max", "--loop", str(LONG_PASSES), SAMPLE)
    until(these.size, "a first commit")
    before = until(lambda: len(found := these.connections()) == 10 and found, "all to connect")
    these.stand_still("worker-1", "sink")
    time.sleep(STANDING_SECONDS)
    after = these.connections()
    these.go_on("worker-1", "sink")
    seconds = these.recovery_seconds()
    assert before == after, f"cut off: {before - after}"
    these.finish()
    lines = [log.count(b"\n") for log in these.logs()]
    assert [LONG_PASSES * log.count(b"\n") for log in reference_logs([SAMPLE])[:2]] == lines
    return seconds
