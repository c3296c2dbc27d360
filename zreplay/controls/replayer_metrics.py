"""The status of a replayer -> its metrics. In: the status object and two histograms."""

from typing import Any, Final

from protocol.messages import MODES
from protocol.program.metrics import (
    BOUNDS_NS,
    COUNTER,
    GAUGE,
    Metric,
    build_info,
    counter,
    gauge,
    histogram,
    one_of,
)
from zreplay.controls.status import STATES
from zreplay.playback.durations import DurationHistogram

NS: Final = 1e9


def replayer_metrics(
    status: dict[str, Any], lateness: DurationHistogram, age: DurationHistogram
) -> list[Metric]:
    """Return the metrics of a replayer; every metric is there from the start."""
    flight, speed = status["in_flight"], status["speed"]
    return [
        build_info("zreplay"),
        one_of("zreplay_state", "The state word.", "state", STATES, status["state"]),
        one_of("zreplay_mode", "Historical or live.", "mode", MODES, status["mode"]),
        gauge(
            "zreplay_speed_ratio",
            "The requested multiple of real time; +Inf is max.",
            float("inf") if speed == "max" else float(speed.removesuffix("x")),
        ),
        gauge("zreplay_epoch", "The epoch granted by the sink.", status["epoch"]),
        gauge(
            "zreplay_replay_position_timestamp_seconds",
            "The arrival of the last quote that was sent, as Unix time.",
            (status["arrival_ns"] or 0) / NS,
        ),
        gauge("zreplay_next_record", "The record number that is sent next.", status["sent"]),
        gauge("zreplay_committed_records", "Records of the run in the log.", status["committed"]),
        counter("zreplay_batches_sent", "Batches, without resends.", status["sent_batches"]),
        counter("zreplay_batches_resent", "Resends of batches.", status["resent_batches"]),
        counter("zreplay_rows_rejected", "Rows that are not quotes.", status["rejected"]),
        gauge(
            "zreplay_quotes_outside_session",
            "Left out by --session.",
            status["outside_session"] or 0,
        ),
        gauge("zreplay_quotes_repeated", "Left out by --dedupe.", status["repeated"] or 0),
        counter("zreplay_live_gaps", "Lines in gaps.log.", status["gaps"]),
        counter("zreplay_malformed_messages", "Dropped messages.", status["malformed_messages"]),
        counter(
            "zreplay_send_blocked_seconds",
            "How long due quotes could not leave.",
            status["blocked_ns"] / NS,
        ),
        gauge("zreplay_in_flight_quotes", "Sent, not yet committed.", flight["quotes"]),
        gauge("zreplay_in_flight_bytes", "Sent, not yet committed.", flight["bytes"]),
        gauge("zreplay_window_quotes", "The most that may be in flight.", flight["window_quotes"]),
        gauge("zreplay_window_bytes", "The most that may be in flight.", flight["window_bytes"]),
        _durations("zreplay_replay_lateness_seconds", "From due to sent.", lateness),
        _durations("zreplay_commit_age_seconds", "From sent to committed.", age),
        gauge("zreplay_workers", "Workers known to the sink.", len(status["workers"])),
        *feed_metrics(status["feeds"]),
        *capture_metrics(status["capture"] or {}),
    ]


def _durations(name: str, help: str, durations: DurationHistogram) -> Metric:
    counts = durations.counts_up_to(BOUNDS_NS)
    return histogram(name, help, counts, durations.count, durations.sum_ns)


def capture_metrics(capture: dict[str, Any]) -> list[Metric]:
    """Return what is counted of the capture; zero without a feed."""

    def of(name: str) -> float:
        return float(capture.get(name) or 0)

    return [
        gauge("zreplay_capture_bytes", "Captured and not deleted.", of("bytes")),
        gauge("zreplay_capture_quota_bytes", "The most that may be.", of("quota_bytes")),
        gauge("zreplay_capture_behind_bytes", "Captured, not committed.", of("behind_bytes")),
        gauge(
            "zreplay_capture_behind_seconds",
            "From the last committed quote to the last capture.",
            of("behind_ns") / NS,
        ),
        counter("zreplay_capture_dropped_bytes", "Dropped, as it was full.", of("dropped_bytes")),
        counter(
            "zreplay_capture_blocked_seconds",
            "How long no feed was read for lack of room.",
            of("blocked_ns") / NS,
        ),
    ]


def feed_metrics(feeds: list[dict[str, Any]]) -> list[Metric]:
    """Return what is counted of each live address."""

    def of(name: str, kind: str, help: str, values: list[float]) -> Metric:
        labels = [{"url": feed["url"]} for feed in feeds]
        return Metric(name, kind, help, list(zip(labels, values, strict=True)))

    return [
        of(
            "zreplay_feed_connected",
            GAUGE,
            "Whether the feed is connected.",
            [float(feed["state"] == "connected") for feed in feeds],
        ),
        of(
            "zreplay_feed_messages_total",
            COUNTER,
            "Messages of the feed.",
            [feed["messages"] for feed in feeds],
        ),
        of(
            "zreplay_feed_reconnects_total",
            COUNTER,
            "Reconnects to the feed.",
            [feed["reconnects"] for feed in feeds],
        ),
        of(
            "zreplay_feed_last_message_timestamp_seconds",
            GAUGE,
            "When the feed last sent, as Unix time.",
            [(feed["last_message_ns"] or 0) / NS for feed in feeds],
        ),
        Metric(
            "zreplay_feed_receipt_latency_seconds",
            GAUGE,
            "From the exchange's time to the receipt, of the last quotes.",
            [
                ({"url": feed["url"], "quantile": quantile}, feed["latency_ns"][name] / NS)
                for feed in feeds
                if feed["latency_ns"]
                for name, quantile in (("p50", "0.5"), ("p99", "0.99"))
            ],
        ),
    ]
