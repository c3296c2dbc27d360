"""Kinds of prices exclude one another; what is counted is what the report says."""

import math

import numpy as np
from msgspec.structs import force_setattr

from tests.zreplay.example_quotes import make_block
from zreplay.inspection.account import Account
from zreplay.inspection.report import DisorderReport, Duration, Prices, RecordingReport, TimeSpan

NO_DISORDER = DisorderReport(0, 0, 0, 0)
NO_TIME = Duration(0.0, None, 0.0)


def reported(account: Account) -> RecordingReport:
    return account.report("a.csv", 5, NO_DISORDER, top=1, replay_seconds=NO_TIME)


def test_each_pair_of_prices_is_of_one_kind_at_most() -> None:
    pairs = [(2, 1), (1, 1), (1, 2), (0, 1), (1, 0), (0, 0)]
    pairs += [(math.nan, 1), (1, math.nan), (0, math.nan)]
    block = make_block([1] * len(pairs))
    force_setattr(block, "bid_price", np.array([bid for bid, _ in pairs], dtype=np.float64))
    force_setattr(block, "ask_price", np.array([ask for _, ask in pairs], dtype=np.float64))
    account = Account(threshold_ms=20.0)

    account.add(block)
    account.add(block)

    assert Prices(crossed=2, locked=2, one_sided=4, empty=2, blank=6) == reported(account).prices


def test_rows_that_come_out_of_order_widen_the_span_at_both_ends() -> None:
    account = Account(threshold_ms=20.0)
    for arrivals_ns in ([5_000_000, 3_000_000], [9_000_000, 1_000_000]):
        account.add(make_block(arrivals_ns))

    assert (4, TimeSpan(0, 8_000_000)) == (reported(account).rows, reported(account).timestamps)


def test_an_account_without_rows_can_be_reported() -> None:
    report = reported(Account(threshold_ms=20.0))

    assert (0, None, None, None) == (report.rows, report.timestamps, report.rate, report.latency)
