"""The status of a recorder -> its metrics, under the names that a replayer has."""

from typing import Any

from protocol.program.metrics import Metric, build_info, counter
from zreplay.controls.replayer_metrics import capture_metrics, feed_metrics


def recorder_metrics(status: dict[str, Any]) -> list[Metric]:
    """Return the metrics of a recorder."""
    return [
        build_info("zreplay"),
        counter("zreplay_live_gaps", "Lines in gaps.log.", status["gaps"]),
        *capture_metrics(status["capture"]),
        *feed_metrics(status["feeds"]),
    ]
