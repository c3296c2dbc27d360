"""A service manager hears that a loop runs, and nobody else is spoken to."""

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from protocol.program.service_manager import ServiceManager

SECOND_NS = 1_000_000_000
Heard = Callable[[], list[str]]


@pytest.fixture(params=["path", "abstract"])
def listening(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Heard]]:
    """Give an address, and what was said there since it was last asked."""
    if request.param == "abstract" and not Path("/proc/net/unix").exists():
        pytest.skip("abstract sockets are of Linux alone")
    name = f"zreplay-{os.getpid()}" if request.param == "abstract" else str(tmp_path / "n")
    prefix = "@" if request.param == "abstract" else ""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as link:
        link.bind(f"\0{name}" if prefix else name)
        link.setblocking(False)

        def heard() -> list[str]:
            said = []
            while True:
                try:
                    said.append(link.recv(100).decode())
                except BlockingIOError:
                    return said

        yield f"{prefix}{name}", heard


def test_it_is_ready_with_the_first_turn_and_alive_with_later_ones(
    listening: tuple[str, Heard],
) -> None:
    address, heard = listening
    manager = ServiceManager(address, watchdog_ns=10 * SECOND_NS)
    assert [] == heard()
    manager.turn(0)
    assert ["READY=1"] == heard()
    for seconds in range(1, 11):
        manager.turn(seconds * SECOND_NS)
    assert ["WATCHDOG=1", "WATCHDOG=1"] == heard()
    manager.turn(11 * SECOND_NS, is_ending=True)
    manager.turn(12 * SECOND_NS, is_ending=True)
    assert ["STOPPING=1"] == heard()


def test_the_variables_of_a_service_name_it(listening: tuple[str, Heard]) -> None:
    address, heard = listening
    variables = {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "2000000", "WATCHDOG_PID": "7"}
    for pid in (7, 8):
        manager = ServiceManager.of(variables, pid)
        manager.turn(0)
        manager.turn(SECOND_NS)

    assert ["READY=1", "WATCHDOG=1", "READY=1"] == heard()


@pytest.mark.parametrize("usec", ["", "0", "soon", "-1"])
def test_without_a_watchdog_none_is_fed(listening: tuple[str, Heard], usec: str) -> None:
    address, heard = listening
    manager = ServiceManager.of({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": usec})
    for seconds in range(1_000):
        manager.turn(seconds * SECOND_NS)

    assert ["READY=1"] == heard()


@pytest.mark.parametrize("variables", [{}, {"NOTIFY_SOCKET": "/no/such/socket"}])
def test_where_nobody_listens_nothing_happens(variables: dict[str, str]) -> None:
    ServiceManager.of(variables).turn(0, is_ending=True)
