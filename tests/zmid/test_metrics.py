"""The metrics of a worker and a sink: each is there from the start."""

from types import SimpleNamespace
from typing import Any, cast

from protocol.program.metrics import Metric
from protocol.rotation import Rotation
from tests.protocol.examples import SPREAD
from tests.zmid.fakes import RUN, FakeDisk, result
from zmid.metrics import sink_metrics, worker_metrics
from zmid.result_log import ResultLog
from zmid.sink_state import SinkState


def named(metrics: list[Metric]) -> dict[str, Metric]:
    return {metric.name: metric for metric in metrics}


def value(metrics: dict[str, Metric], name: str) -> float:
    return metrics[name].values[0][1]


def test_a_worker_tells_what_it_computed() -> None:
    worker = SimpleNamespace(
        quotes=10, batches=2, busy_ns=1_500_000_000, dropped_messages=1, is_holding=True
    )
    found = named(worker_metrics(cast(Any, worker)))

    assert (10, 2, 1.5, 1, True) == (
        value(found, "zmid_worker_quotes_total"),
        value(found, "zmid_worker_batches_total"),
        value(found, "zmid_worker_busy_seconds_total"),
        value(found, "zmid_worker_dropped_messages_total"),
        value(found, "zmid_worker_holding"),
    )


def test_a_sink_tells_what_is_in_the_log_and_what_it_set_aside() -> None:
    state = SinkState(ResultLog(FakeDisk()), 7)
    empty = named(sink_metrics(state))
    state.log.adopt(RUN)
    state.log.commit_epoch(1)
    state.resequencer.begin_epoch(RUN, 1, 0)
    for first in (0, 0, 6):
        state.on_result(result(first), 0)
    assert state.commit(0)
    found = named(sink_metrics(state))

    assert set(empty) == set(found)
    assert 0 == value(empty, "zmid_sink_committed_records")
    assert (3, 1, 1) == (
        value(found, "zmid_sink_committed_records"),
        value(found, "zmid_sink_duplicate_results_total"),
        value(found, "zmid_sink_waiting_results"),
    )
    assert [2, 1] == [one for _, one in found["zmid_sink_lines_total"].values]
    assert [bytes_ > 0 for _, bytes_ in found["zmid_sink_log_bytes_total"].values] == [True] * 2


def test_each_output_of_a_processor_has_its_length() -> None:
    state = SinkState(ResultLog(FakeDisk()), 7)
    state.log.adopt(RUN)
    state.log.commit_epoch(1)
    state.log.append([result(0, processors=(SPREAD,))])
    found = named(sink_metrics(state))

    assert state.log.last is not None
    labels, length = found["zmid_sink_log_bytes_total"].values[-1]
    assert ({"log": "outputs/spread.csv"}, state.log.last.output_tails[0].length) == (
        labels,
        length,
    )


def test_a_log_that_is_rotated_has_the_length_of_all_its_segments() -> None:
    lengths = []
    for rotation in (Rotation(), Rotation(size_bytes=1)):
        state = SinkState(ResultLog(FakeDisk(), rotation=rotation), 7)
        state.log.adopt(RUN)
        state.log.commit_epoch(1)
        for first in range(0, 9, 3):
            state.log.append([result(first, processors=(SPREAD,))])
        lengths.append(named(sink_metrics(state))["zmid_sink_log_bytes_total"].values)

    assert state.log.last is not None and 6 == state.log.last.mids_tail.number
    assert lengths[0] == lengths[1]


def test_a_sink_that_publishes_tells_how_much_and_to_how_many() -> None:
    publisher = SimpleNamespace(messages=7, peers=SimpleNamespace(count=2))
    found = named(sink_metrics(SinkState(ResultLog(FakeDisk()), 7), cast(Any, publisher)))

    assert (7, 2) == (
        value(found, "zmid_sink_published_messages_total"),
        value(found, "zmid_sink_subscribers"),
    )
