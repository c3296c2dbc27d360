"""An address on this machine is known as such; a reason is one short line; a wait is bounded."""

import pytest
from websockets.exceptions import ConnectionClosedError
from websockets.frames import Close

from zreplay.live.back_off import LONGEST_TOLD_NS
from zreplay.live.feed_reasons import MAX_REASON_CHARACTERS, is_loopback, reason_of, told_ns

NOW_NS = 1_759_446_600 * 1_000_000_000
"""2025-10-02 23:10:00."""


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("ws://127.0.0.1:8765", True),
        ("ws://localhost/feed", True),
        ("ws://[::1]:1", True),
        ("wss://stream.example.com:9443/ws", False),
        ("ws://10.0.0.1:1", False),
    ],
)
def test_this_machine_is_told_from_others(url: str, expected: bool) -> None:
    assert expected == is_loopback(url)


def test_a_reason_is_one_short_line() -> None:
    assert "a b" == reason_of(ValueError("a\n  b"))
    assert "ValueError" == reason_of(ValueError())
    assert "Host is down" == reason_of(OSError(112, "Host is down"))
    refused = ConnectionRefusedError(111, "Connect call failed ('127.0.0.1', 1)")
    assert "nobody listens there: connection refused" == reason_of(refused)
    assert MAX_REASON_CHARACTERS == len(reason_of(ValueError("x" * 10_000)))


BUSY, QUIET = Close(1008, "busy"), Close(1011, "keepalive ping timeout")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (
            ConnectionClosedError(BUSY, BUSY, True),
            "the server closed the connection: 1008 (policy violation) busy",
        ),
        (
            ConnectionClosedError(BUSY, None, None),
            "the server closed the connection: 1008 (policy violation) busy",
        ),
        (
            ConnectionClosedError(None, QUIET, None),
            "the connection was closed from here: 1011 (internal error) keepalive ping timeout",
        ),
        (ConnectionClosedError(None, None, None), "the connection was cut"),
    ],
)
def test_it_is_said_who_closed_a_connection(error: Exception, expected: str) -> None:
    assert expected == reason_of(error)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ([], 0),
        (["soon"], 0),
        (["-1"], 0),
        (["Wed, 21 Oct 20261 07:28:00 GMT", "3"], 3_000_000_000),
        (["Thu, 02 Oct 2025 23:10:07 GMT", "3"], 7_000_000_000),
        (["Thu, 02 Oct 2025 23:09:59 GMT"], 0),
        (["Wed, 21 Oct 2026 07:28:00 GMT"], LONGEST_TOLD_NS),
        (["Thu, 32 Oct 2025 23:10:07 GMT"], 0),
        (["0"], 0),
        (["9" * 5000], LONGEST_TOLD_NS),
    ],
)
def test_seconds_and_dates_are_a_time_to_stay_away(texts: list[str], expected: int) -> None:
    assert expected == told_ns(texts, NOW_NS)
