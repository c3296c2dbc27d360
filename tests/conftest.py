"""What every test relies on: the same examples each time, and sockets that never leak."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import zmq
from hypothesis import settings

from protocol.compiled_parts import PARTS, are_in_use
from protocol.program.config_discovery import without_discovery
from tests.depth import few, note, pytest_collection_modifyitems
from tests.forms import NOT_IN_USE, in_form
from tests.skips import pytest_addoption, pytest_sessionfinish, pytest_terminal_summary

__all__ = [
    "pytest_addoption",
    "pytest_collection_modifyitems",
    "pytest_sessionfinish",
    "pytest_terminal_summary",
]


def pytest_configure(config: pytest.Config) -> None:
    """Begin with `--long`, on which the number of examples depends.

    The default must give every developer the same answer; `explore` looks for new examples.
    """
    note(config)
    same = {"derandomize": True, "deadline": None, "database": None}
    settings.register_profile("same", max_examples=few(40), **same)
    settings.register_profile("explore", max_examples=2000, deadline=None)
    settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


def pytest_make_parametrize_id(config: pytest.Config, val: object, argname: str) -> str | None:
    """Name binary data by its length: gzip writes the time, and all processes collect one name."""
    if isinstance(val, bytes) and not val.isascii():
        return f"{argname}-of-{len(val)}-bytes"
    return None


@pytest.fixture(autouse=True, scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep indexes out of the cache of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(autouse=True, scope="session")
def no_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let no file of settings that lies about, or is of whoever runs the tests, change them."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))
        for name, value in without_discovery({}).items():
            patched.setenv(name, value)
        yield


class ClosingContext(zmq.Context[zmq.Socket[bytes]]):
    """A context that keeps its sockets until the test is over, and then closes them."""

    _kept: list[zmq.Socket[bytes]]  # pyzmq takes an attribute not declared for an option

    def __init__(self) -> None:
        super().__init__()
        self._kept = []

    def socket(self, *arguments: Any, **options: Any) -> zmq.Socket[bytes]:
        self._kept.append(super().socket(*arguments, **options))
        return self._kept[-1]


@pytest.fixture
def context() -> Iterator[zmq.Context[zmq.Socket[bytes]]]:
    """Give a ZeroMQ context; whatever a test left open ends with it."""
    context = ClosingContext()
    yield context
    context.destroy(linger=0)


# Of the module, since hypothesis wants one for all its examples.
@pytest.fixture(scope="module", params=["compiled", pytest.param("plain", marks=pytest.mark.pure)])
def form(request: pytest.FixtureRequest) -> Iterator[str]:
    """Run all tests of a module that use it in each form: compiled, and plain."""
    if request.param == "compiled" and not are_in_use(*PARTS):
        pytest.skip(NOT_IN_USE)
    with in_form(request.param):
        yield request.param


@pytest.fixture(scope="module")
def compiled() -> None:
    """Skip what only the compiled parts have where they are not in use."""
    if not are_in_use(*PARTS):
        pytest.skip(NOT_IN_USE)


@pytest.fixture
def checkout() -> Path:
    """Give the top of the source tree."""
    return Path(__file__).resolve().parents[1]
