"""The fixture `zreplay_replay`, which pytest finds where zreplay is installed.

A module of its own that imports nothing of ours until it is used: every run of pytest loads it.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from zreplay import Replay


@pytest.fixture
def zreplay_replay() -> Iterator[Callable[..., "Replay"]]:
    """Give a function that starts a replay, which ends with the test: as `zreplay.Replay`."""
    from zreplay import Replay

    with ExitStack() as replays:
        yield lambda *files, **options: replays.enter_context(Replay(*files, **options))
