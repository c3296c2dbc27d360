"""Receipt - exchange: of the last quotes, and not of a recording that is played as a feed."""

import pytest

from zreplay.live.receipt_latency import DAY_NS, LATENCIES, ReceiptLatency
from zreplay.quotes.timestamp_text import instant_ns

TIME = "2026-01-15 12:00:00"
TIME_NS = instant_ns(TIME) or 0
MS = 10**6


def test_it_is_p50_and_p99_of_the_last_ones() -> None:
    receipts = ReceiptLatency()
    assert receipts.summary_ns() is None
    receipts.last_ns.extend(range(10 * LATENCIES))

    assert {"p50": 9 * LATENCIES + 512, "p99": 9 * LATENCIES + 1013} == receipts.summary_ns()


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (f'{{"timestamp":"{TIME}","ticker":"A"}}', [3 * MS]),
        (f'[{{"timestamp":"1999-01-01"}},{{"timestamp":"{TIME}"}}]', [3 * MS]),
        ("[]", []),
        ("{}", []),
        ("[" * 5000, []),
        ("\\xff", []),
        ('{"timestamp":7}', []),
        ('{"timestamp":"soon"}', []),
        ('{"timestamp":"2025-01-15 12:00:00"}', []),
    ],
)
def test_a_message_of_the_plain_shape_tells_its_own(message: str, expected: list[int]) -> None:
    receipts = ReceiptLatency()
    receipts.hear(message.encode(), TIME_NS + 3 * MS)

    assert expected == list(receipts.last_ns)


def test_what_comes_before_its_time_counts_and_what_is_a_day_away_does_not() -> None:
    receipts = ReceiptLatency()
    message = f'{{"timestamp":"{TIME}"}}'.encode()
    off_ns = []
    for delay_ns in (-5 * MS, DAY_NS, -DAY_NS, DAY_NS - 1):
        receipts.hear(message, TIME_NS + delay_ns)
        off_ns.append(receipts.off_ns)

    assert [None, DAY_NS, -DAY_NS, None] == off_ns
    assert [-5 * MS, DAY_NS - 1] == list(receipts.last_ns)
