"""How deep the tests look: `--long` runs what CI has no time for, and more examples of the rest.

A test marked `long` is a deeper look at what another one looks at each time; without `--long` it
is skipped, and counted among the skipped.
"""

import os
from collections.abc import Iterable
from typing import Any

import pytest

VARIABLE = "ZREPLAY_LONG_TESTS"
"""Set by `--long`: modules ask while they are imported, in each of the processes."""
DEEPER = 5


def is_long() -> bool:
    return VARIABLE in os.environ


def few(count: int) -> int:
    """Return how many examples or seeds to try: so many, or with `--long` several times as many."""
    return count * DEEPER if is_long() else count


def the_first(count: int, values: Iterable[Any]) -> list[Any]:
    """Return the values of a parameter, of which all but the first so many are long."""
    return [
        value if place < count else pytest.param(value, marks=pytest.mark.long)
        for place, value in enumerate(values)
    ]


def note(config: pytest.Config) -> None:
    """Take note of `--long`, before a test is imported."""
    if config.getoption("--long"):
        os.environ[VARIABLE] = "1"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if not is_long():
        for item in items:
            if item.get_closest_marker("long") is not None:
                item.add_marker(pytest.mark.skip(reason="scripts/test --long runs it"))
