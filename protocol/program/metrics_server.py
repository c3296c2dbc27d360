"""Metrics over HTTP, from a thread of its own: /metrics, /healthz and /readyz.

The numbers are read on each request; the loop that counts them is not involved. It needs
prometheus-client, which is the extra `metrics`.
"""

import contextlib
import ipaddress
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from socketserver import ThreadingMixIn
from typing import Any, Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from protocol.endpoint_check import MAX_PORT
from protocol.errors import LinkError, SettingsError
from protocol.program.diagnostics import Log, RateLimit
from protocol.program.metrics import COUNTER, HISTOGRAM, Collect
from protocol.shown_address import shown_address
from protocol.whole_number import whole_number

MOST_ASKERS: Final = 16
ASK_SECONDS: Final = 10.0
"""From the connection to the end of the answer; who takes longer is cut off."""

log = Log("metrics")


class MetricsServer:
    """Answers until it is closed; `missing` returns what the program is waiting for.

    Raises:
        SettingsError: the address is not valid, or prometheus-client is not installed.
        LinkError: the address cannot be bound.
    """

    def __init__(
        self,
        address: str,
        collect: Collect,
        missing: Callable[[], str],
        *,
        insecure: bool,
    ) -> None:
        host, port = _parsed(address, insecure)
        metrics = _metrics_app(collect)

        def answer(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
            match environ["PATH_INFO"]:
                case "/metrics":
                    try:
                        return metrics(environ, start)  # type: ignore[no-any-return]
                    except TimeoutError:
                        return _said(start, "503 Service Unavailable", "the program is busy")
                case "/healthz":
                    return _said(start, "200 OK", "alive")
                case "/readyz":
                    if wanted := missing():
                        return _said(start, "503 Service Unavailable", f"not ready: {wanted}")
                    return _said(start, "200 OK", "ready")
            return _said(start, "404 Not Found", "/metrics, /healthz or /readyz")

        try:
            self._server = make_server(host, port, answer, _Server, _QuietHandler)
        except OSError as error:
            raise LinkError(
                f"cannot listen on {shown_address(address)}: {error.strerror}",
                fix="stop what listens there, or choose another address: --metrics HOST:PORT",
                code="Z301",
            ) from error
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingMixIn, WSGIServer):
    """A thread for each request; more than a few at a time are not answered."""

    daemon_threads = True

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._places = threading.BoundedSemaphore(MOST_ASKERS)
        self._deadlines: dict[socket.socket, float] = {}
        self._limit = RateLimit()
        super().__init__(*arguments, **options)

    def verify_request(self, request: Any, client_address: Any) -> bool:
        return self._places.acquire(blocking=False)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._deadlines[request] = time.monotonic() + ASK_SECONDS
        try:
            super().process_request(request, client_address)
        except BaseException:  # no thread can be started
            self._is_over(request)
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._is_over(request)

    def service_actions(self) -> None:
        """Cut off who takes too long: a byte now and then would hold a place for ever."""
        now = time.monotonic()
        for request, deadline in list(self._deadlines.items()):
            if now > deadline:
                with contextlib.suppress(OSError):
                    request.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say what went wrong here; that somebody left or was cut off is not worth a line."""
        error = sys.exception()
        if isinstance(error, OSError):
            return
        if (held_back := self._limit.held_back(time.monotonic_ns())) is not None:
            log.warning("a request failed", error=repr(error), held_back=held_back)

    def _is_over(self, request: Any) -> None:
        del self._deadlines[request]
        self._places.release()


class _QuietHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """A scrape is not worth a log line."""


def _parsed(address: str, insecure: bool) -> tuple[str, int]:
    host, _, written = address.rpartition(":")
    host, port = host.strip("[]"), whole_number(written, MAX_PORT)
    if not host or port is None:
        raise SettingsError(
            f"metrics address was {shown_address(address)!r}, expected HOST:PORT",
            fix="write it as --metrics 127.0.0.1:9464",
            code="Z206",
        )
    if not insecure and not _is_loopback(host):
        raise SettingsError(
            f"{shown_address(address)} can be reached by others, and nothing is authenticated",
            fix=f"bind --metrics 127.0.0.1:{port}, or add --insecure",
            code="Z207",
        )
    return host, port


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _metrics_app(collect: Collect) -> Callable[..., Any]:
    try:
        from prometheus_client import CollectorRegistry, make_wsgi_app
    except ImportError:
        raise SettingsError(
            "metrics need prometheus-client, which is not installed",
            fix=".venv/bin/pip install -e '.[metrics]' in a checkout, "
            "or pip install 'prometheus-client>=0.21,<1'",
            code="Z213",
        ) from None
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(collect))
    app: Callable[..., Any] = make_wsgi_app(registry)
    return app


class _Collector:
    def __init__(self, collect: Collect) -> None:
        self._collect = collect

    def describe(self) -> Iterator[Any]:
        """Nothing is read before a scrape."""
        return iter(())

    def collect(self) -> Iterator[Any]:
        from prometheus_client.core import (
            CounterMetricFamily,
            GaugeMetricFamily,
            HistogramMetricFamily,
        )

        for metric in self._collect():
            if metric.kind == HISTOGRAM:
                (_, total), *_ = metric.values
                buckets = [*metric.buckets]
                yield HistogramMetricFamily(metric.name, metric.help, buckets, total)
                continue
            names = [*metric.values[0][0]] if metric.values else []
            kind = CounterMetricFamily if metric.kind == COUNTER else GaugeMetricFamily
            family = kind(metric.name, metric.help, labels=names)
            for labels, value in metric.values:
                family.add_metric([labels[name] for name in names], value)
            yield family


def _said(start: Any, status: str, text: str) -> Iterable[bytes]:
    start(status, [("Content-Type", "text/plain; charset=utf-8")])
    return [f"{text}\n".encode()]
