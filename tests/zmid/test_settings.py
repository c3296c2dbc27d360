"""Settings that cannot be are refused, with what to do instead."""

import pytest

from protocol.errors import SettingsError
from zmid.settings import SinkSettings, WorkerSettings


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
