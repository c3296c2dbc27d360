"""The metrics of all parts of a run at one address: each part's own, with its name as a label.

A part listens on a socket in the run's folder of links; it is asked when the run is.
"""

import http.client
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final

from protocol.program.metrics_address import UNIX
from protocol.program.metrics_registry import Collector, program_registry
from protocol.program.metrics_server import MetricsServer
from protocol.program.status_page import Section, status_page

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from prometheus_client.core import Metric as Family

ASK_SECONDS: Final = 2.0
MOST_BYTES: Final = 4 << 20
"""Of one part's answer; a longer one counts as none."""
RUN: Final = "run"
REPLAYER: Final = "replayer"


def serve_parts(
    address: str, parts: Mapping[str, str], restarts: Callable[[], int], *, insecure: bool
) -> MetricsServer:
    """Serve at `address` what the parts serve; `parts` are their addresses by name.

    Raises:
        SettingsError: the address is not valid, or prometheus-client is not installed.
        LinkError: it cannot be bound.
    """
    asked = PartMetrics(parts, restarts)
    return MetricsServer(address, asked.registry(), asked.missing, asked.page, insecure=insecure)


class PartMetrics:
    """Asks the parts; `addresses` are those of their sockets by the name of the part."""

    def __init__(self, addresses: Mapping[str, str], restarts: Callable[[], int]) -> None:
        self._paths = {name: address.removeprefix(UNIX) for name, address in addresses.items()}
        self._restarts = restarts
        self._own = program_registry(lambda: ())

    def registry(self) -> "CollectorRegistry":
        """Return what a scrape of the run asks."""
        from prometheus_client import CollectorRegistry

        registry = CollectorRegistry(auto_describe=False)
        registry.register(Collector(self._families))
        return registry

    def missing(self) -> str:
        """Return what the run waits for, empty if nothing."""
        for name, path in self._paths.items():
            status, text = _got(path, "/readyz")
            if status != http.client.OK:
                return f"{name}: {text.strip().removeprefix('not ready: ') or 'no answer'}"
        return ""

    def page(self) -> bytes:
        """Return the replayer's page; while it does not answer, which parts do."""
        status, page = _got(self._paths[REPLAYER], "/")
        if status == http.client.OK:
            return page.encode()
        rows = [(name, _state(path)) for name, path in self._paths.items()]
        return status_page("zreplay: the replayer does not answer", [Section("Parts", rows)])

    def _families(self) -> "Iterator[Family]":
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
        from prometheus_client.exposition import generate_latest

        texts = {RUN: generate_latest(self._own).decode()}
        up = GaugeMetricFamily("zreplay_run_part_up", "Whether the part answers.", labels=["part"])
        for name, path in self._paths.items():
            status, text = _got(path, "/metrics")
            up.add_metric([name], float(status == http.client.OK))
            if status == http.client.OK:
                texts[name] = text
        yield up
        help = "Parts that were restarted."
        yield CounterMetricFamily("zreplay_run_restarts", help, self._restarts())
        yield from joined(texts)


def joined(texts: Mapping[str, str]) -> "Iterable[Family]":
    """Return the metrics of all texts, each sample with its part; each metric once."""
    from prometheus_client.core import Metric
    from prometheus_client.parser import text_string_to_metric_families

    families: dict[str, Metric] = {}
    for part, text in texts.items():
        for family in text_string_to_metric_families(text):
            kept = families.setdefault(
                family.name, Metric(family.name, family.documentation, family.type)
            )
            for sample in family.samples:
                kept.add_sample(sample.name, {"part": part, **sample.labels}, sample.value)
    return families.values()


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=ASK_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(ASK_SECONDS)
        self.sock.connect(self._path)


def _got(path: str, what: str) -> tuple[int, str]:
    """Return status and text of an answer; 0 where there is none."""
    connection = _Connection(path)
    try:
        connection.request("GET", what)
        answer = connection.getresponse()
        body = answer.read(MOST_BYTES + 1)
    except (OSError, http.client.HTTPException):
        return 0, ""
    finally:
        connection.close()
    return (answer.status, body.decode(errors="replace")) if len(body) <= MOST_BYTES else (0, "")


def _state(path: str) -> str:
    return "up" if _got(path, "/healthz")[0] == http.client.OK else "no answer"
