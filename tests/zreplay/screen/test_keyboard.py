"""Keys arrive without Enter, and the terminal is restored."""

import os
import pty
import termios
import time
from collections.abc import Iterator
from typing import Any

import pytest

from zreplay.screen.keyboard import Keyboard

PATIENCE_SECONDS = 5.0


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """Give a terminal: the end of who types, and the end that is read."""
    typing, reading = pty.openpty()
    yield typing, reading
    os.close(reading)
    os.close(typing)


def is_line_by_line(fd: int) -> bool:
    local_modes: Any = termios.tcgetattr(fd)[3]
    return bool(local_modes & termios.ICANON and local_modes & termios.ECHO)


@pytest.mark.parametrize("key", [b"q", b"Q", b"xq", b"jjqjj"])
def test_q_quits_without_enter(terminal: tuple[int, int], key: bytes) -> None:
    typing, reading = terminal
    with Keyboard(reading) as keyboard:
        os.write(typing, key)
        keyboard.wait(PATIENCE_SECONDS)

        assert keyboard.is_quit


@pytest.mark.parametrize("key", [b"x", b"\n", b"\x1b[A", b"\x1bOq", b"\x1b"])
def test_any_other_key_and_a_sequence_with_a_q_change_nothing(
    terminal: tuple[int, int], key: bytes
) -> None:
    typing, reading = terminal
    with Keyboard(reading) as keyboard:
        os.write(typing, key)
        keyboard.wait(PATIENCE_SECONDS)

        assert not keyboard.is_quit


def test_a_quit_is_not_forgotten_at_the_next_key(terminal: tuple[int, int]) -> None:
    typing, reading = terminal
    with Keyboard(reading) as keyboard:
        for key in (b"q", b"x"):
            os.write(typing, key)
            keyboard.wait(PATIENCE_SECONDS)

        assert keyboard.is_quit


@pytest.mark.parametrize("error", [None, KeyboardInterrupt, SystemExit, RuntimeError])
def test_the_terminal_is_given_back_as_it_was(
    terminal: tuple[int, int], error: type[BaseException] | None
) -> None:
    _, reading = terminal
    before = termios.tcgetattr(reading)
    try:
        with Keyboard(reading):
            assert not is_line_by_line(reading)
            if error is not None:
                raise error
    except (KeyboardInterrupt, SystemExit, RuntimeError):
        pass

    assert before == termios.tcgetattr(reading)


def test_a_terminal_that_was_closed_quits() -> None:
    typing, reading = pty.openpty()
    keyboard = Keyboard(reading)
    with keyboard:
        os.close(typing)
        keyboard.wait(PATIENCE_SECONDS)

        assert keyboard.is_quit
    os.close(reading)


def test_without_a_terminal_there_are_no_keys_and_waiting_waits() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"q")
    for fd in (reading, None):
        with Keyboard(fd) as keyboard:
            start = time.monotonic()
            keyboard.wait(0.002)

            assert time.monotonic() - start >= 0.002
            assert not keyboard.is_quit
    os.close(reading)
    os.close(writing)


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        (b" ", ["space"]),
        (b"\x1b[A\x1b[B\x1b[C", ["up", "down", "right"]),
        (b"\x1bOA\x1bOB\x1bOC", ["up", "down", "right"]),
        (b"[]m?", ["[", "]", "m", "?"]),
        (b"\x1b[1;5C\x1bOP", ["", ""]),
    ],
)
def test_every_other_key_is_told_by_its_name(
    terminal: tuple[int, int], typed: bytes, names: list[str]
) -> None:
    typing, reading = terminal
    told: list[str] = []
    with Keyboard(reading, told.append) as keyboard:
        os.write(typing, typed)
        keyboard.wait(PATIENCE_SECONDS)

        assert keyboard.is_there
        assert not keyboard.is_quit
    assert names == told


def test_after_the_terminal_was_closed_waiting_waits() -> None:
    typing, reading = pty.openpty()
    with Keyboard(reading) as keyboard:
        os.close(typing)
        keyboard.wait(PATIENCE_SECONDS)
        start = time.monotonic()
        keyboard.wait(0.002)

        assert time.monotonic() - start >= 0.002
    os.close(reading)
