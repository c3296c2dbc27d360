"""Libraries are told to start no threads of their own, unless the user told them something."""

import os

import pytest

from protocol.program.libraries import set_up_libraries

NAMES = ("OPENBLAS_NUM_THREADS", "ARROW_DEFAULT_MEMORY_POOL", "JE_ARROW_MALLOC_CONF")


def test_what_the_user_says_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", {NAMES[0]: "7"})
    set_up_libraries()

    assert ["7", "system", "background_thread:false"] == [os.environ[name] for name in NAMES]
