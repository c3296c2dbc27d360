"""A program that is interrupted with `--json` prints exactly one object, and waits for nobody."""

import json
import os
from collections.abc import Callable

import pytest

from protocol.error_codes import ERROR_CODES
from protocol.json_text import json_bytes
from protocol.program import interruption
from protocol.program.answer import SCHEMA, ErrorAnswer
from protocol.program.interruption import CODE, FIX, WHAT, asks_for_json, say_interrupted


def said(monkeypatch: pytest.MonkeyPatch, words: str, before: Callable[[int], None]) -> bytes:
    """Return what a program of these words writes; `before` is called with its standard output."""
    read_fd, write_fd = os.pipe()
    os.set_blocking(read_fd, False)
    kept = os.dup(1)
    monkeypatch.setattr("sys.argv", ["zreplay", *words.split()])
    monkeypatch.setattr(interruption, "given", [])
    before(write_fd)
    os.dup2(write_fd, 1)
    try:
        say_interrupted()
        say_interrupted()
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(write_fd)
    found = b""
    while some := os.read(read_fd, 65_536):
        found += some
    os.close(read_fd)
    return found


def nothing(fd: int) -> None: ...


def fill(fd: int) -> None:
    os.set_blocking(fd, False)
    with pytest.raises(BlockingIOError):
        while True:
            os.write(fd, bytes(4096))


def test_it_is_the_object_of_any_error_once(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = json_bytes(ErrorAnswer(ok=False, schema=SCHEMA, code=CODE, error=WHAT, fix=FIX))

    assert expected + b"\n" == said(monkeypatch, "run x.csv --json", nothing)
    assert (WHAT, FIX) == ERROR_CODES[CODE]


@pytest.mark.parametrize("words", ["run x.csv", "run -- --json"])
def test_who_does_not_ask_for_one_gets_none(monkeypatch: pytest.MonkeyPatch, words: str) -> None:
    assert not asks_for_json(words.split())
    assert b"" == said(monkeypatch, words, nothing)


def test_there_is_none_beside_an_answer_and_none_of_a_forked_child(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answered = said(monkeypatch, "run --json", lambda _: interruption.given.append(True))
    forked = said(
        monkeypatch, "run --json", lambda _: monkeypatch.setattr(interruption, "_own_pid", 1)
    )

    assert (b"", b"") == (answered, forked)


def test_a_pipe_that_is_full_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert b"" == said(monkeypatch, "run --json", fill).strip(b"\0")


def test_an_output_that_is_closed_is_let_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["zreplay", "run", "--json"])
    monkeypatch.setattr(interruption, "given", [])
    monkeypatch.setattr(os, "write", lambda *_: (_ for _ in ()).throw(BrokenPipeError))
    say_interrupted()


def test_json_reads_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not json.loads(said(monkeypatch, "run --json", nothing))["ok"]
