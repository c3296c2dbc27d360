"""Status answers for the tests of what an operator sees."""

from typing import Any

SECOND_NS = 1_000_000_000
MILLISECOND_NS = 1_000_000


def make_status(**changes: Any) -> dict[str, Any]:
    """Return the answer to `status` of a run in full swing, with changes."""
    return {
        "ok": True,
        "schema": 1,
        "state": "RUNNING",
        "waits_for": "",
        "mode": "historical",
        "epoch": 1,
        "record": 1_234_567,
        "segment": 0,
        "loop": "off",
        "pass": 0,
        "passes": 1,
        "arrival_ns": 1_759_449_594_580_000_000,
        "time": "2025-10-02 23:59:54.580",
        "progress": 0.497,
        "progress_of": "bytes",
        "left_ns": None,
        "run": "ab" * 16,
        "pid": 4121,
        "uptime_ns": 192 * SECOND_NS,
        "speed": "1x",
        "acks": "sink",
        "sent": 1_234_567,
        "sent_batches": 5_000,
        "committed": 1_233_363,
        "sent_per_second": 30_120.4,
        "committed_per_second": 30_080.2,
        "in_flight": {
            "quotes": 1_204,
            "window_quotes": 524_288,
            "bytes": 412_345,
            "window_bytes": 16 * 1024 * 1024,
        },
        "blocked_ns": 0,
        "window_blocked_ns": 0,
        "workers_blocked_ns": 0,
        "starved_ns": 0,
        "frozen_ns": 0,
        "stretched_ns": 0,
        "caught_up": 0,
        "skipped_ns": 0,
        "achieved_speed": 1.0,
        "speed_now": 0.9998,
        "late_share": 0.031,
        "paced_quotes": 1_234_567,
        "resent_batches": 0,
        "connected_workers": 2,
        "malformed_messages": 0,
        "mids": 1_232_951,
        "latency_skipped": 412,
        "blank": 0,
        "rejected": 0,
        "lateness_ns": {"p50": 210_000, "p99": 1_900_000, "max": 14_000_000},
        "workers": [make_worker("worker-1"), make_worker("worker-2")],
        "age_ns": {"p50": 4_000_000, "p99": 12_000_000, "max": 90_000_000},
        "sink": make_sink(),
        "diagnostics": [],
        "problem": "",
        "feeds": [],
        **changes,
    }


def make_worker(name: str, **changes: Any) -> dict[str, Any]:
    return {
        "worker": name,
        "quotes": 616_000,
        "busy_ns": 40 * SECOND_NS,
        "busy_p99_ns": 2 * MILLISECOND_NS,
        "seen_ago_ns": 200 * MILLISECOND_NS,
        **changes,
    }


def make_sink(**changes: Any) -> dict[str, Any]:
    return {
        "duplicates": 0,
        "refused_results": 0,
        "dropped_messages": 0,
        "waiting_results": 0,
        **changes,
    }


def make_diagnostic(text: str, **changes: Any) -> dict[str, Any]:
    return {
        "unix_ns": 1_759_449_594_580_000_000,
        "time": "2025-10-02 23:59:54.580",
        "level": "warning",
        "text": text,
        "count": 1,
        **changes,
    }


def make_feed(**changes: Any) -> dict[str, Any]:
    return {
        "url": "ws://127.0.0.1:8765",
        "state": "connected",
        "messages": 12_345,
        "reconnects": 2,
        "last_message_ns": 1_759_449_594 * SECOND_NS,
        "last_error": "",
        "next_try_ns": None,
        **changes,
    }
