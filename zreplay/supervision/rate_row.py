"""One look at a run: what `zreplay report` draws of an answer to `status`."""

from typing import Any

import msgspec

from zreplay.controls.receipt import slowest_receipt_ns


class RateRow(msgspec.Struct, frozen=True):
    """One look at a run; counts are of the whole run, durations of the process that was asked."""

    unix_ns: int
    state: str
    mode: str
    sent: int
    committed: int
    in_flight: int
    rejected: int
    workers: int
    lateness_p99_ns: int
    age_p99_ns: int | None = None
    receipt_p99_ns: int | None = None


def row_of(status: dict[str, Any], unix_ns: int) -> RateRow:
    """Return what is kept of an answer to `status`."""
    age_ns = status["age_ns"]
    receipt_ns = slowest_receipt_ns(status["feeds"])
    return RateRow(
        unix_ns=unix_ns,
        state=status["state"],
        mode=status["mode"],
        sent=status["sent"],
        committed=status["committed"],
        in_flight=status["in_flight"]["quotes"],
        rejected=status["rejected"],
        workers=status["connected_workers"],
        lateness_p99_ns=status["lateness_ns"]["p99"],
        age_p99_ns=age_ns["p99"] if age_ns else None,
        receipt_p99_ns=receipt_ns["p99"] if receipt_ns else None,
    )
