"""What is imported is not collected again, and collection goes on afterwards."""

import gc
from collections.abc import Iterator

import pytest

from protocol.program.collection import SELDOM, ExemptFromCollection


@pytest.fixture(autouse=True)
def thresholds() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


def test_what_is_there_at_the_end_is_frozen_and_collection_goes_on() -> None:
    frozen = gc.get_freeze_count()
    try:
        with ExemptFromCollection():
            assert not gc.isenabled()
            kept = [[] for _ in range(1000)]  # type: ignore[var-annotated]

        assert gc.isenabled()
        assert gc.get_threshold()[0] == SELDOM
        assert gc.get_freeze_count() >= frozen + len(kept)
    finally:
        gc.unfreeze()


def test_an_error_does_not_leave_collection_off() -> None:
    try:
        with pytest.raises(ImportError), ExemptFromCollection():
            raise ImportError

        assert gc.isenabled()
    finally:
        gc.unfreeze()
