"""The counts of a worker and of a sink -> their metrics."""

from typing import TYPE_CHECKING

from protocol.commit import Tail
from protocol.program.metrics import COUNTER, Metric, build_info, counter, gauge
from protocol.result_folder import ERRORS, MANIFEST, MIDS

if TYPE_CHECKING:
    from zmid.publisher import Publisher
    from zmid.sink_state import SinkState
    from zmid.worker import Worker


def worker_metrics(worker: "Worker") -> list[Metric]:
    """Return the metrics of a worker; every metric is there from the start."""
    return [
        build_info("zmid_worker"),
        counter("zmid_worker_quotes", "Quotes of the batches it computed.", worker.quotes),
        counter("zmid_worker_batches", "Batches it computed.", worker.batches),
        counter("zmid_worker_busy_seconds", "Time spent on them.", worker.busy_ns / 1e9),
        counter("zmid_worker_dropped_messages", "Malformed ones.", worker.dropped_messages),
        gauge("zmid_worker_holding", "Whether the sink accepts no result.", worker.is_holding),
    ]


def sink_metrics(state: "SinkState", publisher: "Publisher | None" = None) -> list[Metric]:
    """Return the metrics of a sink; each is there from the start, but for outputs of processors."""
    last = state.log.last
    lines = (
        ({"log": "mid_prices"}, last.mids if last else 0),
        ({"log": "errors"}, last.skipped if last else 0),
    )
    names = {MIDS: "mid_prices", ERRORS: "errors"}
    tails = last.tails if last else {MIDS: Tail(), ERRORS: Tail()}
    size = tuple(
        ({"log": names.get(name, name)}, tail.end)
        for name, tail in tails.items()
        if name != MANIFEST
    )
    return [
        build_info("zmid_sink"),
        gauge("zmid_sink_epoch", "The epoch of the admitted replayer.", state.epoch),
        gauge("zmid_sink_committed_records", "Records in the log.", last.next if last else 0),
        gauge("zmid_sink_finished", "Whether the run is finished.", state.is_finished),
        gauge("zmid_sink_commits", "Commits of this run.", last.number if last else 0),
        Metric("zmid_sink_lines_total", COUNTER, "Lines in each log of the run.", lines),
        Metric("zmid_sink_log_bytes_total", COUNTER, "Of each log and output, all segments.", size),
        counter("zmid_sink_duplicate_results", "Results that came twice.", state.duplicates),
        counter("zmid_sink_refused_results", "Results of another rule.", state.refused),
        counter("zmid_sink_dropped_messages", "Malformed ones.", state.dropped),
        gauge("zmid_sink_waiting_results", "Ahead of their turn.", state.resequencer.waiting),
        gauge("zmid_sink_stalled", "Whether the disk is full.", bool(state.stalled)),
        counter(
            "zmid_sink_published_messages",
            "Sent to subscribers.",
            publisher.messages if publisher else 0,
        ),
        gauge("zmid_sink_subscribers", "Of --publish.", publisher.peers.count if publisher else 0),
    ]
