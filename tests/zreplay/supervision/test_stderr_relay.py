"""What children print comes out whole, line by line, wherever stderr goes at that time."""

import os

import pytest

from zreplay.supervision.stderr_relay import StderrRelay


def test_lines_come_out_as_they_were_said_the_rest_at_the_end(
    capsys: pytest.CaptureFixture[str],
) -> None:
    relay = StderrRelay()
    relay.start()
    for part in (b"one\ntw", b"o\n", b"no end \xff"):
        os.write(relay.fd, part)
    relay.close()

    assert "one\ntwo\nno end \ufffd\n" == capsys.readouterr().err


def test_what_was_said_before_the_start_comes_out_at_the_end(
    capsys: pytest.CaptureFixture[str],
) -> None:
    relay = StderrRelay()
    os.write(relay.fd, b"early\n")
    relay.close()

    assert "early\n" == capsys.readouterr().err


def test_nothing_said_is_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    StderrRelay().close()

    assert "" == capsys.readouterr().err
