"""A scrape gets the counts of that moment, and only from this machine."""

import socket
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from protocol.errors import LinkError, SettingsError
from protocol.program.metrics import BOUNDS_NS, COUNTER, Metric, counter, gauge, histogram
from protocol.program.metrics_registry import program_registry
from protocol.program.metrics_server import MetricsServer
from tests.protocol.program.test_http_server import got

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

    def page(self) -> bytes:
        if self.is_busy:
            raise TimeoutError
        return b"<p>page"


def serve(
    program: Program, address: str = "127.0.0.1:0", *, insecure: bool = False
) -> MetricsServer:
    registry = program_registry(program.metrics)
    return MetricsServer(
        address, registry, lambda: program.missing, program.page, insecure=insecure
    )


@pytest.fixture
def program() -> Program:
    return Program()


@pytest.fixture
def url(program: Program) -> Iterator[str]:
    server = serve(program)
    yield f"http://127.0.0.1:{server.port}"
    server.close()


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
    assert (503, "the program is busy\n") == got(f"{url}/")
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
        serve(program, address, insecure=True)

    assert "Z206" == refused.value.code


def test_others_reach_it_only_if_told(program: Program) -> None:
    with pytest.raises(SettingsError, match="reached by others") as refused:
        serve(program, "0.0.0.0:0")

    assert "Z207" == refused.value.code
    serve(program, "0.0.0.0:0", insecure=True).close()


def test_an_address_in_use_is_named(program: Program) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"
        with pytest.raises(LinkError, match=f"cannot listen on {address}"):
            serve(program, address)


def test_the_page_may_load_nothing_but_its_own_style(url: str) -> None:
    with urllib.request.urlopen(f"{url}/", timeout=10) as answer:
        headers, body = answer.headers, answer.read()
    with urllib.request.urlopen(f"{url}/style.css", timeout=10) as answer:
        style_type = answer.headers["Content-Type"]

    assert b"<p>page" == body
    assert headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert None is headers["Access-Control-Allow-Origin"]
    assert "text/css; charset=utf-8" == style_type


TOKEN = "0123456789abcdef"


def asked_with(url: str, header: str) -> int:
    request = urllib.request.Request(url, headers={"Authorization": header} if header else {})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_with_a_token_others_may_reach_it_and_only_who_brings_it_gets_anything(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_TOKEN", f"{TOKEN}\n")
    server = serve(program, "0.0.0.0:0,token=env:A_TOKEN")
    url = f"http://127.0.0.1:{server.port}"
    wrong = ("", "Bearer", f"Bearer {TOKEN}x", f"Basic {TOKEN}", TOKEN, "Bearer \xff")
    try:
        found = {path: asked_with(url + path, f"Bearer {TOKEN}") for path in ("/", "/metrics")}
        refused = {asked_with(url + path, each) for path in ("/", "/metrics") for each in wrong}
        open_to_all = {path: asked_with(url + path, "") for path in ("/healthz", "/readyz")}
    finally:
        server.close()

    assert {"/": 200, "/metrics": 200} == found
    assert {401} == refused
    assert {"/healthz": 200, "/readyz": 200} == open_to_all


@pytest.mark.parametrize("token", ["", "short", "ä" * 20])
def test_a_token_that_can_be_guessed_is_refused(
    program: Program, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_TOKEN", token)
    with pytest.raises(SettingsError, match="16 ASCII characters"):
        serve(program, "0.0.0.0:0,token=env:A_TOKEN")
