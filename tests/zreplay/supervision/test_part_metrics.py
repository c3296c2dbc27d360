"""The metrics of all parts of a run come from one address, and none is counted twice."""

import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from protocol.program.metrics import COUNTER, Metric, gauge, histogram
from zreplay.supervision.link_folder import part_address

pytest.importorskip("prometheus_client")

from prometheus_client.parser import text_string_to_metric_families

from protocol.program.metrics_registry import program_registry
from protocol.program.metrics_server import MetricsServer
from zreplay.supervision.part_metrics import joined, serve_parts

NAMES = ("sink", "worker 1", "worker 2", "replayer")


def metrics() -> list[Metric]:
    return [
        gauge("epoch", "Epoch.", 3),
        Metric("lines_total", COUNTER, "Lines.", [({"log": "errors"}, 2), ({"log": "mids"}, 5)]),
        histogram("age_seconds", "Age.", [1] * 16, 2, 3_000_000_000),
    ]


class Parts:
    def __init__(self, folder: Path) -> None:
        self.addresses = {name: part_address(f"ipc://{folder}/control", name) for name in NAMES}
        self.missing = ""
        self.restarts = 0
        self.servers = {name: self.serve(name) for name in NAMES}
        self.run = serve_parts("127.0.0.1:0", self.addresses, lambda: self.restarts, insecure=False)

    def serve(self, name: str) -> MetricsServer:
        registry = program_registry(metrics)
        page = f"page of {name}".encode()
        missing = lambda: self.missing if name == "sink" else ""  # noqa: E731
        address = self.addresses[name]
        return MetricsServer(address, registry, missing, lambda: page, insecure=False)

    def got(self, path: str) -> str:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.run.port}{path}") as answer:
                return str(answer.read().decode())
        except urllib.error.HTTPError as error:
            with error:
                return error.read().decode()


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    parts = Parts(tmp_path)
    yield parts
    for server in (parts.run, *parts.servers.values()):
        server.close()


def test_each_sample_names_its_part_and_each_metric_stands_once(parts: Parts) -> None:
    parts.restarts = 7
    text = parts.got("/metrics")
    families = {family.name: family for family in text_string_to_metric_families(text)}

    assert text.count("# TYPE") == len(families)
    assert [(name, 3.0) for name in NAMES] == sorted(
        ((one.labels["part"], one.value) for one in families["epoch"].samples),
        key=lambda one: NAMES.index(one[0]),
    )
    assert 2 * len(NAMES) == len(families["lines"].samples)
    assert "histogram" == families["age_seconds"].type
    assert {*NAMES, "run"} == {one.labels["part"] for one in families["python_info"].samples}
    assert "zreplay_run_restarts_total 7.0" in text
    assert 'zreplay_run_part_up{part="worker 1"} 1.0' in text


def test_a_part_that_does_not_answer_is_named_and_the_others_are_there(parts: Parts) -> None:
    parts.servers["worker 1"].close()
    text = parts.got("/metrics")

    assert 'zreplay_run_part_up{part="worker 1"} 0.0' in text
    assert 'epoch{part="worker 2"} 3.0' in text
    assert 'epoch{part="worker 1"}' not in text
    assert "not ready: worker 1: no answer\n" == parts.got("/readyz")
    parts.servers["worker 1"] = parts.serve("worker 1")
    assert "ready\n" == parts.got("/readyz")


def test_it_is_ready_when_all_parts_are(parts: Parts) -> None:
    parts.missing = "room on the disk"

    assert "not ready: sink: room on the disk\n" == parts.got("/readyz")


def test_its_page_is_that_of_the_replayer(parts: Parts) -> None:
    assert "page of replayer" == parts.got("/")
    parts.servers["replayer"].close()
    page = parts.got("/")
    assert "the replayer does not answer" in page
    assert "<td>sink</td><td>up</td>" in page
    assert "<td>replayer</td><td>no answer</td>" in page
    parts.servers["replayer"] = parts.serve("replayer")


def test_a_label_of_the_part_is_kept_beside_its_name() -> None:
    families = [*joined({"a": '# TYPE x gauge\nx{log="l"} 1\n', "b": "# TYPE x gauge\nx 2\n"})]

    assert 1 == len(families)
    assert [{"part": "a", "log": "l"}, {"part": "b"}] == [one.labels for one in families[0].samples]
