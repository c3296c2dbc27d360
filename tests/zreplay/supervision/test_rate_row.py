"""A row of the record of rates is what the replayer answered."""

from tests.zreplay.answers import make_feed, make_status
from zreplay.supervision.rate_row import row_of


def test_a_row_is_what_was_answered() -> None:
    status = make_status(feeds=[make_feed(), make_feed(latency_ns=None)])

    assert (1_234_567, 1_233_363, 1_204, 2, 1_900_000, 12_000_000, 80_000_000) == (
        (seen := row_of(status, 7)).sent,
        seen.committed,
        seen.in_flight,
        seen.workers,
        seen.lateness_p99_ns,
        seen.age_p99_ns,
        seen.receipt_p99_ns,
    )
    assert None is row_of(make_status(age_ns=None), 7).age_p99_ns
