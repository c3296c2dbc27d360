"""The feed that plays Binance sends what Binance's adapter reads, and the report says who lags."""

import numpy as np

from scripts.bench_parts.binance_feed import FIRST_ID, SYMBOLS, frame
from scripts.bench_parts.venue_path import Played, note_of, rows_of
from zreplay.live.feed_frames import plain_messages
from zreplay.live.known_venues import venue_of
from zreplay.live.venue import VenueQuote

SECOND_NS = 10**9


def played(delay_ms: int, lines: int = 4000, rate: int = 1000) -> Played:
    """Return a play of 4,000 messages whose lines are committed so long after their receipt."""
    received_ns = np.arange(lines) * SECOND_NS // rate
    return Played(received_ns, received_ns + delay_ms * 10**6, began_ns=0, sent=4000)


def test_each_frame_is_one_quote_of_a_symbol_that_is_asked_for() -> None:
    read = venue_of("binance").new_reader()
    (message,) = plain_messages(frame(3), 0).messages

    assert read(message) == [
        VenueQuote("S21USDT", 25.0003, 3.21, 25.0147, 3.66, None, FIRST_ID + 3)
    ]
    assert set(SYMBOLS) == {read(frame(k)[4:])[0].symbol for k in range(200)}  # type: ignore[index]


def test_a_rate_is_kept_up_if_the_last_line_is_committed_within_a_second() -> None:
    kept, late, lossy = note_of(played(3), 1000), note_of(played(1500), 1000), played(3, 3999)

    assert (
        kept == "Binance at 1,000 a second: kept up, the last line 3 ms after its message was due; "
        "4,000 quotes were sent, 4,000 lines were committed."
    )
    assert "not kept up, the last line 1,500 ms" in late
    assert "4,000 quotes were sent, 3,999 lines were committed" in note_of(lossy, 1000)


def test_delays_are_those_after_the_start() -> None:
    (received, due) = rows_of(played(3), 1000)

    assert (3.0, 3.0, 3.0) == (received["p50 ms"], received["p99 ms"], received["max ms"])
    assert "Binance, 1,000 a second, due to committed" == due[""]
