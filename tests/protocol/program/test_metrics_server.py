"""A scrape gets the counts of that moment, and only from this machine."""

import socket
import struct
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from protocol.errors import LinkError, SettingsError
from protocol.program import metrics_server
from protocol.program.metrics import BOUNDS_NS, COUNTER, Metric, counter, gauge, histogram
from protocol.program.metrics_server import MOST_ASKERS, MetricsServer

pytest.importorskip("prometheus_client")


class Program:
    def __init__(self) -> None:
        self.is_busy = False
        self.quotes = 0
        self.missing = ""

    def metrics(self) -> Iterator[Metric]:
        if self.is_busy:
            raise TimeoutError
        yield counter("quotes", "Quotes.", self.quotes)
        yield gauge("epoch", "Epoch.", 3)
        yield Metric("lines_total", COUNTER, "Lines.", [({"log": "errors"}, 2)])
        yield Metric("feed_connected", "gauge", "No feeds.", [])
        yield histogram("age_seconds", "Age.", [1] * len(BOUNDS_NS), 2, 3_000_000_000)


@pytest.fixture
def program() -> Program:
    return Program()


@pytest.fixture
def url(program: Program) -> Iterator[str]:
    server = MetricsServer("127.0.0.1:0", program.metrics, lambda: program.missing, insecure=False)
    yield f"http://127.0.0.1:{server.port}"
    server.close()


def got(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_every_scrape_has_the_numbers_of_its_moment(program: Program, url: str) -> None:
    for quotes in (5, 7):
        program.quotes = quotes
        code, text = got(f"{url}/metrics")
        lines = text.splitlines()

        assert 200 == code
        for line in (
            f"quotes_total {quotes}.0",
            "epoch 3.0",
            'lines_total{log="errors"} 2.0',
            "# TYPE feed_connected gauge",
            "# TYPE age_seconds histogram",
            'age_seconds_bucket{le="0.0001"} 1.0',
            'age_seconds_bucket{le="+Inf"} 2.0',
            "age_seconds_sum 3.0",
            "age_seconds_count 2.0",
        ):
            assert line in lines


def test_a_program_that_is_too_busy_to_say_its_numbers_says_so(
    program: Program, url: str, capfd: pytest.CaptureFixture[str]
) -> None:
    program.is_busy = True

    assert (503, "the program is busy\n") == got(f"{url}/metrics")
    assert "" == capfd.readouterr().err


def test_it_is_healthy_while_it_lives_and_ready_when_nothing_is_missing(
    program: Program, url: str
) -> None:
    assert (200, "alive\n") == got(f"{url}/healthz")
    for wanted in ("no sink", "room"):
        program.missing = wanted
        assert (503, f"not ready: {wanted}\n") == got(f"{url}/readyz")
    program.missing = ""
    assert (200, "ready\n") == got(f"{url}/readyz")
    assert 404 == got(f"{url}/favicon.ico")[0]


@pytest.mark.parametrize(
    "address", ["9464", "127.0.0.1", "127.0.0.1:http", "127.0.0.1:65536", f"127.0.0.1:{'9' * 5000}"]
)
def test_what_is_no_address_is_refused(program: Program, address: str) -> None:
    with pytest.raises(SettingsError, match="HOST:PORT") as refused:
        MetricsServer(address, program.metrics, str, insecure=True)

    assert "Z206" == refused.value.code


def test_others_reach_it_only_if_told(program: Program) -> None:
    with pytest.raises(SettingsError, match="reached by others") as refused:
        MetricsServer("0.0.0.0:0", program.metrics, str, insecure=False)

    assert "Z207" == refused.value.code
    MetricsServer("0.0.0.0:0", program.metrics, str, insecure=True).close()


def test_an_address_in_use_is_named(program: Program) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"
        with pytest.raises(LinkError, match=f"cannot listen on {address}"):
            MetricsServer(address, program.metrics, str, insecure=False)


def test_without_the_library_it_says_how_to_install_it(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    with pytest.raises(SettingsError, match=r"not installed\n.*install -e '\.\[metrics") as refused:
        MetricsServer("127.0.0.1:0", program.metrics, str, insecure=False)

    assert "Z213" == refused.value.code


def test_more_than_a_few_at_a_time_are_not_answered_and_the_next_one_is(url: str) -> None:
    address = ("127.0.0.1", int(url.rpartition(":")[2]))
    silent = [socket.create_connection(address, 10) for _ in range(MOST_ASKERS)]
    with socket.create_connection(address, 10) as one_more:
        assert b"" == one_more.recv(1)
    for asker in silent:
        asker.close()

    assert (200, "alive\n") == until_answered(f"{url}/healthz")


def test_who_asks_a_byte_at_a_time_does_not_hold_a_place(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics_server, "ASK_SECONDS", 0.0)
    server = MetricsServer("127.0.0.1:0", program.metrics, str, insecure=False)
    with socket.create_connection(("127.0.0.1", server.port), 10) as slow:
        slow.sendall(b"GET /metr")
        assert b"" == slow.recv(1)
    server.close()


def test_who_leaves_in_the_middle_is_not_worth_a_line(
    url: str, capfd: pytest.CaptureFixture[str]
) -> None:
    address = ("127.0.0.1", int(url.rpartition(":")[2]))
    for asked in (b"", b"GET /met", b"GET /metrics HTTP/1.1\r\nHost", b"\xff" * 70_000):
        with socket.create_connection(address, 10) as one:
            one.sendall(asked)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert (200, "alive\n") == until_answered(f"{url}/healthz")
    until_all_are_gone()

    assert "" == capfd.readouterr().err


def test_where_no_thread_can_be_started_the_place_is_free_again(
    url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def start(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", start)
        for _ in range(2 * MOST_ASKERS):
            with pytest.raises(OSError):
                got(url)

    assert (200, "alive\n") == got(f"{url}/healthz")
    assert {"a request failed"} == {record.message for record in caplog.records}


def until_all_are_gone() -> None:
    for thread in threading.enumerate():
        if "process_request_thread" in thread.name:
            thread.join(10)


def until_answered(url: str) -> tuple[int, str]:
    for _ in range(1000):
        try:
            return got(url)
        except OSError:
            continue
    raise AssertionError("nobody answered")
