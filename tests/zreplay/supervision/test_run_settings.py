"""What a run may be asked to be."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from protocol.errors import SettingsError
from zreplay.settings import ReplaySettings
from zreplay.supervision.run_settings import RunSettings

SETTINGS = RunSettings(ReplaySettings(live=("ws://127.0.0.1:1",)), out=Path("out"))


@pytest.mark.parametrize(
    "workers, what", [(0, "workers was 0"), (100_000, "100000, expected 256 at most")]
)
def test_a_run_has_a_worker_at_least(workers: int, what: str) -> None:
    with pytest.raises(SettingsError, match=what):
        replace(SETTINGS, workers=workers)


def test_the_rule_of_the_lines_is_what_its_workers_are_told() -> None:
    workers = ["--latency-threshold", "off", "--stamp", "arrival"]

    assert (
        "--latency-threshold off --stamp arrival"
        == replace(SETTINGS, worker_arguments=workers).rule
    )
