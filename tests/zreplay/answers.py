"""Status answers for the tests of what an operator sees."""

from typing import Any

from protocol.program_version import PROGRAM_VERSION

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
        "version": PROGRAM_VERSION,
        "pid": 4121,
        "uptime_ns": 192 * SECOND_NS,
        "speed": "1x",
        "acks": "sink",
        "began_at": 0,
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
        "broadcast": {"address": "", "subscribers": 0},
        "malformed_messages": 0,
        "start_at": None,
        "behind_start_ns": None,
        "mids": 1_232_951,
        "latency_skipped": 412,
        "blank": 0,
        "rejected": 0,
        "outside_session": 0,
        "repeated": 0,
        "gaps": 0,
        "lateness_ns": {"p50": 210_000, "p99": 1_900_000, "max": 14_000_000},
        "lateness_bins": [
            {"to_ns": 500_000, "quotes": 1_200_000},
            {"to_ns": 2_000_000, "quotes": 34_567},
            {"to_ns": None, "quotes": 0},
        ],
        "workers": [make_worker("worker-1"), make_worker("worker-2")],
        "age_ns": {"p50": 4_000_000, "p99": 12_000_000, "max": 90_000_000},
        "sink": make_sink(),
        "diagnostics": [],
        "problem": "",
        "feeds": [],
        "capture": None,
        **changes,
    }


def make_worker(name: str, **changes: Any) -> dict[str, Any]:
    return {
        "worker": name,
        "quotes": 616_000,
        "busy_ns": 40 * SECOND_NS,
        "busy_p99_ns": 2 * MILLISECOND_NS,
        "seen_ago_ns": 200 * MILLISECOND_NS,
        "version": PROGRAM_VERSION,
        **changes,
    }


def make_sink(**changes: Any) -> dict[str, Any]:
    return {
        "duplicates": 0,
        "refused_results": 0,
        "dropped_messages": 0,
        "waiting_results": 0,
        "version": PROGRAM_VERSION,
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


def make_capture(**more: Any) -> dict[str, Any]:
    names = ("bytes", "quota_bytes", "segments", "behind_bytes", "behind_ns", "dropped_bytes")
    return {**dict.fromkeys((*names, "blocked_ns"), 0), **more}


def make_feed(**changes: Any) -> dict[str, Any]:
    return {
        "url": "ws://127.0.0.1:8765",
        "state": "connected",
        "messages": 12_345,
        "reconnects": 2,
        "last_message_ns": 1_759_449_594 * SECOND_NS,
        "last_error": "",
        "next_try_ns": None,
        "venue": "okx",
        "quotes": 12_300,
        "untimed": 0,
        "latency_ns": {"p50": 21 * MILLISECOND_NS, "p99": 80 * MILLISECOND_NS},
        "off_ns": None,
        "symbols": {
            "waiting": 0,
            "asked": 0,
            "acknowledged": 1,
            "live": 97,
            "silent": 1,
            "refused": 1,
        },
        "silent": "BTC-USDT",
        "refused": "FOO-USDT: 60018 doesn't exist",
        "not_quotes": [{"kind": "channel=trades", "count": 3}],
        "lack": "",
        "shows": "every change of the best bid and ask",
        **changes,
    }
