"""Counts of a program -> metrics, named and in units as Prometheus wants. In: plain numbers.

A counter's name ends in `_total`; the units are seconds and bytes; a point in time is a Unix
time. The library that writes them is used in protocol/program/metrics_server.py alone.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from protocol.program_version import PROGRAM_VERSION

COUNTER: Final = "counter"
GAUGE: Final = "gauge"
HISTOGRAM: Final = "histogram"

BOUNDS_NS: Final = (
    *(step * 10**power for power in range(5, 10) for step in (1, 2, 5)),
    10**10,
)
"""The upper bounds of a histogram of durations: 0.1 ms to 10 s."""


class Metric(NamedTuple):
    """One metric: `values` are (labels, number); of a histogram the sum, and `buckets`.

    `buckets` are (upper bound in seconds, how many up to it), the last one all of them.
    """

    name: str
    kind: str
    help: str
    values: Sequence[tuple[Mapping[str, str], float]]
    buckets: Sequence[tuple[str, int]] = ()


Collect = Callable[[], Iterable[Metric]]


def counter(name: str, help: str, value: float) -> Metric:
    return Metric(f"{name}_total", COUNTER, help, [({}, value)])


def gauge(name: str, help: str, value: float) -> Metric:
    return Metric(name, GAUGE, help, [({}, value)])


def one_of(name: str, help: str, label: str, words: Sequence[str], present: str) -> Metric:
    """Return a gauge that is 1 for the current word and 0 for every other."""
    return Metric(name, GAUGE, help, [({label: word}, float(word == present)) for word in words])


def histogram(name: str, help: str, counts: Sequence[int], count: int, sum_ns: int) -> Metric:
    """Return a histogram of durations; `counts` are those up to each of BOUNDS_NS."""
    bounds = [f"{bound_ns / 1e9:g}" for bound_ns in BOUNDS_NS]
    buckets = [*zip(bounds, counts, strict=True), ("+Inf", count)]
    return Metric(name, HISTOGRAM, help, [({}, sum_ns / 1e9)], buckets)


def build_info(program: str) -> Metric:
    """Return the metric that names the versions of this program and its dependencies."""
    import platform

    import zmq

    labels = {
        "version": PROGRAM_VERSION,
        "python": platform.python_version(),
        "libzmq": zmq.zmq_version(),
    }
    return Metric(f"{program}_build_info", GAUGE, "Versions.", [(labels, 1.0)])
