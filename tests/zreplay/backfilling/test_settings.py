"""What a backfill refuses, and how a selection becomes absolute."""

from pathlib import Path
from typing import Any

import pytest

from protocol.errors import LinkError, SettingsError
from tests.zreplay.backfilling.recordings import rules
from zreplay.backfilling.certificates import Certificates
from zreplay.backfilling.settings import BackfillSettings, Cluster
from zreplay.historical.selection import Selection


def settings(**more: Any) -> BackfillSettings:
    said = {"historical": (Path("a.csv"),), "rules": rules(), "out": Path("out"), "workers": 1}
    return BackfillSettings(**{**said, **more})


@pytest.mark.parametrize(
    "more",
    [
        {"historical": ()},
        {"historical": (Path("-"),)},
        {"historical": (Path("a.csv"), Path("a.csv"))},
        {"rules": rules(selection=Selection(limit=5))},
        {"rules": rules(late="later")},
        {"rules": rules(max_buffer_rows=0)},
        {"workers": 0},
        {"window_bytes": 0},
    ],
)
def test_what_cannot_be_done_is_refused(more: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        settings(**more)


def test_offsets_become_absolute_by_the_first_arrival() -> None:
    asked = settings(rules=rules(selection=Selection(start_offset_ns=5, duration_ns=10)))

    found = asked.from_origin(100).rules

    assert Selection(from_ns=105, to_ns=115) == found.selection
    assert 115 + found.reorder_ns == found.over_ns


def test_without_an_end_a_file_is_never_over() -> None:
    assert None is settings().rules.over_ns


TLS = Certificates(Path("ca"), Path("cert"), Path("key"))


def test_a_scheduler_is_an_address_or_the_file_that_it_writes_as_it_is_now(tmp_path: Path) -> None:
    file = tmp_path / "scheduler.json"
    cluster = Cluster(str(file))
    for port in (1, 2):
        file.write_text(f'{{"address": "tcp://127.0.0.1:{port}"}}')
        assert f"tcp://127.0.0.1:{port}" == cluster.address()

    assert "tls://head:8786" == Cluster("tls://head:8786", TLS).address()
    assert "tcp://head:8786" == Cluster("tcp://head:8786", is_insecure=True).address()


@pytest.mark.parametrize(
    ("scheduler", "code"),
    [
        ("tcp://head:8786", "Z207"),
        ("tls://head:8786", "Z200"),
        ("ipc:///run/head", "Z206"),
        ("tcp://", "Z206"),
    ],
)
def test_a_scheduler_that_is_not_safe_or_no_address_is_refused(scheduler: str, code: str) -> None:
    with pytest.raises(SettingsError) as found:
        Cluster(scheduler).address()

    assert code == found.value.code


@pytest.mark.parametrize("text", [None, "", "[]", '{"address": 3'])
def test_what_is_no_file_of_a_scheduler_is_named(text: str | None, tmp_path: Path) -> None:
    file = tmp_path / "scheduler.json"
    if text is not None:
        file.write_text(text)

    with pytest.raises(LinkError, match="scheduler.json"):
        Cluster(str(file)).address()


@pytest.mark.parametrize("slow", [1.0, float("nan")])
def test_a_limit_of_nothing_is_refused(slow: float) -> None:
    with pytest.raises(SettingsError):
        Cluster("tcp://127.0.0.1:1", slow=slow)
