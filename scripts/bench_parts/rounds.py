"""Contenders measured in turn, and their statistics: no run is judged alone.

A machine drifts; two consecutive runs see the same conditions. So every round runs each contender
once, every other round in reverse, and ratios are taken within a round. Before them, what was
written is on the disk, and what is run first was run once: neither the kernel that writes back nor
a cold start is measured.
"""

import os
import statistics
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple


class Spread(NamedTuple):
    """The statistics of several measurements of one thing."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Iterable[float]) -> "Spread":
        kept = list(values)
        return cls(statistics.median(kept), min(kept), max(kept))


def once[Outcome](what: str, contenders: Mapping[str, Callable[[], Outcome]]) -> dict[str, Outcome]:
    """Run each contender once, outside of the rounds: to watch its memory, or to warm up."""
    os.sync()
    outcomes: dict[str, Outcome] = {}
    for name, contender in contenders.items():
        print(f"{what}: {name}", file=sys.stderr)
        outcomes[name] = contender()
    return outcomes


def alternate[Outcome](
    rounds: int,
    contenders: Mapping[str, Callable[[], Outcome]],
    *,
    warm_up: Iterable[str] | None = None,
) -> dict[str, list[Outcome]]:
    """Return the outcomes of each contender, one a round, in the order of the rounds.

    Those of `warm_up` are run once before, by default the first one; none if all were.
    """
    names = [*contenders][:1] if warm_up is None else warm_up
    once("warm-up", {name: contenders[name] for name in names})
    outcomes: dict[str, list[Outcome]] = {name: [] for name in contenders}
    for number in range(rounds):
        names = list(contenders)
        for name in names if number % 2 == 0 else reversed(names):
            print(f"round {number + 1} of {rounds}: {name}", file=sys.stderr)
            outcomes[name].append(contenders[name]())
    return outcomes


def ratio(others: Iterable[float], ours: Iterable[float]) -> Spread:
    """Return how many times as long the other took as we did, round by round."""
    return Spread.of(theirs / own for theirs, own in zip(others, ours, strict=True))


def quantile(values: Iterable[float], share: float) -> float:
    """Return the least value that this share of all values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
