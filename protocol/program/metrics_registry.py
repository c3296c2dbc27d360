"""Our metrics -> those of prometheus-client, which writes them. It is the extra `metrics`."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from protocol.errors import SettingsError
from protocol.program.metrics import COUNTER, HISTOGRAM, Collect, Metric

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from prometheus_client.core import Metric as Family


def program_registry(collect: Collect) -> "CollectorRegistry":
    """Return the registry of a program: what it counts, `process_*` and `python_info`.

    Raises:
        SettingsError: prometheus-client is not installed.
    """
    try:
        from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector
    except ImportError:
        raise SettingsError(
            "metrics need prometheus-client, which is not installed",
            fix=".venv/bin/pip install -e '.[metrics]' in a checkout, "
            "or pip install 'prometheus-client>=0.21,<1'",
            code="Z213",
        ) from None
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Collector(lambda: (_family(metric) for metric in collect())))
    ProcessCollector(registry=registry)  # process_*, from /proc: none where there is no /proc
    PlatformCollector(registry=registry)  # python_info
    return registry


class Collector:
    """What a registry asks at each scrape, and not before."""

    def __init__(self, families: Callable[[], "Iterator[Family]"]) -> None:
        self._families = families

    def describe(self) -> Iterator[Any]:
        """Nothing is read before a scrape."""
        return iter(())

    def collect(self) -> "Iterator[Family]":
        return self._families()


def _family(metric: Metric) -> "Family":
    from prometheus_client.core import (
        CounterMetricFamily,
        GaugeMetricFamily,
        HistogramMetricFamily,
    )

    if metric.kind == HISTOGRAM:
        (_, total), *_ = metric.values
        return HistogramMetricFamily(metric.name, metric.help, [*metric.buckets], total)
    names = [*metric.values[0][0]] if metric.values else []
    kind = CounterMetricFamily if metric.kind == COUNTER else GaugeMetricFamily
    family = kind(metric.name, metric.help, labels=names)
    for labels, value in metric.values:
        family.add_metric([labels[name] for name in names], value)
    return family
