"""What was observed -> one plain line or one event, for a pipe; what peers sent is only text."""

from typing import Any, Final

from protocol.messages import HISTORICAL, LIVE
from protocol.program.event_text import printable
from zreplay.controls.receipt import slowest_receipt_ns
from zreplay.controls.status import pass_text
from zreplay.controls.worker_activity import Status, worker_activities
from zreplay.quotes.duration_text import ago, rounded_text
from zreplay.screen.observation import Observation

NOT_KNOWN: Final = "progress not known"


def line(seen: Observation, clock: str, *, address: str = "") -> str:
    """Return one plain line for a pipe, `clock` (HH:MM:SS) first."""
    status = seen.status
    if status is None:
        return f"{clock} {waiting_text(address)}"
    if seen.silent_ns:
        return f"{clock} {silence_text(seen.silent_ns)}"
    flight, age_ns = status["in_flight"], status["age_ns"]
    workers = worker_activities(status, None)
    lost = sum(worker.is_lost for worker in workers)
    parts = [
        f"{status['state']} {status['mode']} {status['speed']}",
        *progress_texts(status),
        f"sent {status['sent_per_second']:,.0f}/s",
        f"committed {status['committed_per_second']:,.0f}/s",
        f"in flight {flight['quotes']:,}/{flight['window_quotes']:,}",
        _lateness(status),
        f"age p99 {age_ns['p99'] / 1e6:.1f} ms" if age_ns is not None else "",
        f"workers {len(workers) - lost}" + (f" lost {lost}" if lost else ""),
        f"skipped {status['latency_skipped']:,}",
        f"rejected {status['rejected']:,}",
        f"waits for {status['waits_for']}" if status["waits_for"] else "",
        f"problem {status['problem']}" if status["problem"] else "",
    ]
    return f"{clock} {printable('  '.join(part for part in parts if part))}"


def _lateness(status: Status) -> str:
    """Return how late quotes left; of live ones how late they came, if that is known."""
    if status["mode"] != LIVE:
        return f"late p99 {status['lateness_ns']['p99'] / 1e6:.1f} ms"
    receipt_ns = slowest_receipt_ns(status["feeds"])
    return f"receipt p99 {receipt_ns['p99'] / 1e6:.1f} ms" if receipt_ns else ""


def event(seen: Observation) -> tuple[str, dict[str, Any]]:
    """Return the content of the line as an event and its fields, named as in `status`."""
    status = seen.status
    if status is None:
        return waiting_text(""), {}
    if seen.silent_ns:
        return "no answer", {"silent_ns": seen.silent_ns}
    workers = worker_activities(status, None)
    as_they_are = ("state", "mode", "speed", "sent", "committed", "sent_per_second")
    more = ("committed_per_second", "latency_skipped", "rejected", "waits_for", "problem")
    age_ns, is_live = status["age_ns"], status["mode"] == LIVE
    receipt_ns = slowest_receipt_ns(status["feeds"]) if is_live else None
    return "progress", {
        **{name: status[name] for name in (*as_they_are, *more)},
        "progress": share_of_files(status),
        "progress_of": status["progress_of"],
        "pass": status["pass"],
        "passes": status["passes"],
        "left_ns": status["left_ns"],
        "in_flight_quotes": status["in_flight"]["quotes"],
        "window_quotes": status["in_flight"]["window_quotes"],
        "lateness_p99_ns": None if is_live else status["lateness_ns"]["p99"],
        "receipt_p99_ns": receipt_ns["p99"] if receipt_ns else None,
        "age_p99_ns": None if age_ns is None else age_ns["p99"],
        "workers": sum(not worker.is_lost for worker in workers),
        "lost_workers": sum(worker.is_lost for worker in workers),
    }


def progress_texts(status: Status) -> list[str]:
    """Return how far it is: the share, the pass of a loop, and how long the rest takes."""
    if status["mode"] != HISTORICAL:
        return []
    share, left_ns = status["progress"], status["left_ns"]
    return [
        NOT_KNOWN if share is None else percent(share),
        pass_text(status),
        "" if left_ns is None else f"left {rounded_text(left_ns)}",
    ]


def share_of_files(status: Status) -> float | None:
    """Return how much of what was asked for was sent; live quotes have no end to measure by."""
    share: float | None = status["progress"] if status["mode"] == HISTORICAL else None
    return share


def percent(share: float | None) -> str:
    """Return the share that is done, rounded down: 100 % means the end."""
    return "" if share is None else f"{min(100, int(share * 100)):>3}%"


def waiting_text(address: str) -> str:
    return f"waiting for a replayer on {address}" if address else "waiting for the replayer"


def silence_text(silent_ns: int) -> str:
    return f"no answer for {ago(silent_ns)}"
