"""Contenders run in turn, and ratios are taken within a round."""

import pytest

from scripts.bench_parts import rounds
from scripts.bench_parts.rounds import Spread, alternate, once, quantile, ratio


def test_every_round_runs_each_contender_once_and_every_other_one_in_reverse() -> None:
    ran: list[str] = []

    def contender(name: str) -> int:
        ran.append(name)
        return len(ran)

    contenders = {name: lambda name=name: contender(name) for name in "ab"}
    outcomes = alternate(3, contenders, warm_up=())

    assert ["a", "b", "b", "a", "a", "b"] == ran
    assert {"a": [1, 4, 5], "b": [2, 3, 6]} == outcomes


def test_what_is_run_first_was_run_before_behind_what_was_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    did: list[str] = []
    monkeypatch.setattr(rounds.os, "sync", lambda: did.append("sync"))
    contenders = {name: lambda name=name: did.append(name) for name in "ab"}

    alternate(1, contenders)
    assert ["sync", "a", "a", "b"] == did
    did.clear()
    alternate(1, contenders, warm_up=("b",))
    assert ["sync", "b", "a", "b"] == did
    did.clear()
    assert {"a": None, "b": None} == once("memory", contenders)
    assert ["sync", "a", "b"] == did


def test_a_ratio_compares_within_a_round() -> None:
    """The second round found the machine slow: the ratio is what it was."""
    assert Spread(2.0, 2.0, 3.0) == ratio([2.0, 20.0, 3.0], [1.0, 10.0, 1.0])


def test_a_spread_has_the_median_the_least_and_the_most() -> None:
    assert Spread(2.5, 1, 9) == Spread.of([9, 1, 2, 3])


def test_a_quantile_is_a_value_that_was_measured() -> None:
    values = [float(value) for value in range(100, 0, -1)]

    assert (51.0, 100.0, 100.0) == tuple(quantile(values, share) for share in (0.5, 0.99, 1.0))
    assert 7.0 == quantile([7.0], 0.99)
