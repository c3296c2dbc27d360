"""Impossible settings are refused, with what to do instead."""

import pytest

from protocol.errors import SettingsError
from zmid.settings import SinkSettings, WorkerSettings, lock_wait_ns


@pytest.mark.parametrize(
    "wrong",
    [
        {"latency_threshold_ms": float("nan")},
        {"latency_threshold_ms": float("inf")},
        {"stamp": "now"},
        {"hwm": 0},
        {"hwm": 10**12},
    ],
)
def test_a_worker_refuses(wrong: dict[str, object]) -> None:
    (value,) = wrong.values()
    with pytest.raises(SettingsError, match=f"was '?{value}'?, expected"):
        WorkerSettings(**wrong)


def test_a_worker_may_have_any_finite_threshold() -> None:
    settings = WorkerSettings(latency_threshold_ms=-5.0)
    assert -5.0 == settings.latency_threshold_ms


def test_a_sink_refuses_an_unknown_durability() -> None:
    with pytest.raises(SettingsError, match="durability was 'hope', expected"):
        SinkSettings(durability="hope")


def test_a_worker_has_a_name_that_fits_in_a_result() -> None:
    assert "w" * 256 == WorkerSettings(name="w" * 256).name
    with pytest.raises(SettingsError, match="--name was 257 characters long, expected 256 at most"):
        WorkerSettings(name="w" * 257)


@pytest.mark.parametrize(
    ("text", "wait_ns"),
    [("0s", 0), ("5s", 5 * 10**9), ("0.25", 250_000_000), ("3600s", 36 * 10**11)],
)
def test_a_wait_for_a_lock_is_read_in_seconds(text: str, wait_ns: int) -> None:
    assert wait_ns == lock_wait_ns(text)


@pytest.mark.parametrize("text", ["", "s", "soon", "nan", "inf", "-1s", "3601s", "9" * 5000])
def test_a_wait_for_a_lock_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="--lock-wait was"):
        lock_wait_ns(text)


@pytest.mark.parametrize(
    "wrong, says",
    [
        ({"no_mid": True}, "--no-mid leaves nothing to compute"),
        ({"no_mid": True, "table": True, "processor": ("a:b",)}, "--table is of the mid prices"),
        ({"check_processor": -1.0}, "--check-processor was -1.0, expected 0 to 100"),
        ({"check_processor": float("nan")}, "--check-processor was nan"),
        ({"processor_limit": 0.0}, "--processor-limit was 0.0, expected more than 0"),
        ({"processor_limit": float("inf")}, "--processor-limit was inf"),
    ],
)
def test_a_worker_refuses_what_makes_no_sense_of_processors(
    wrong: dict[str, object], says: str
) -> None:
    with pytest.raises(SettingsError, match=says):
        WorkerSettings(**wrong)
