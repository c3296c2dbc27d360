"""Playback options get through the command line, and on to the children of `run`."""

from fractions import Fraction

import click
import pytest
from click.testing import CliRunner

from protocol.errors import SettingsError
from zreplay.commands.playback_options import (
    PLAYBACK_OPTIONS,
    playback_arguments,
    playback_settings,
)
from zreplay.playback.send_interval import MAX_GRAIN_NS


def read(*arguments: str) -> dict[str, object]:
    """Return what the options are read as."""
    seen: list[dict[str, object]] = []
    command = click.command()(lambda **options: seen.append(options))
    command.params = [
        parameter
        for option in PLAYBACK_OPTIONS
        for parameter in click.command()(option(lambda: None)).params
    ]
    outcome = CliRunner().invoke(command, list(arguments), catch_exceptions=False)
    assert 0 == outcome.exit_code, outcome.output
    return seen[0]


GIVEN = (
    *("--speed", "2.5", "--loop", "3", "--max-gap", "250ms", "--on-lag", "burst"),
    *("--grain", "750us"),
    *("--start-paused", "--wait-workers", "2", "--delay", "1.5s"),
    *("--start-at", "1970-01-02 01:00:00+01:00"),
)


def test_each_option_arrives_as_its_setting() -> None:
    assert {
        "rate": Fraction(5, 2),
        "loop": 3,
        "max_gap_ns": 250_000_000,
        "grain_ns": 750_000,
        "on_lag": "burst",
        "start_paused": True,
        "wait_workers": 2,
        "delay_ns": 1_500_000_000,
        "start_at_ns": 86_400_000_000_000,
    } == playback_settings(read(*GIVEN))


def test_the_defaults_play_once_at_real_time_and_cut_nothing() -> None:
    assert {
        "rate": Fraction(1),
        "loop": 1,
        "max_gap_ns": None,
        "grain_ns": 600_000,
        "on_lag": "stretch",
        "start_paused": False,
        "wait_workers": 0,
        "delay_ns": 0,
        "start_at_ns": None,
    } == playback_settings(read())


def test_no_times_is_without_end() -> None:
    assert None is playback_settings(read("--loop", "0"))["loop"]


@pytest.mark.parametrize("given", [GIVEN, (), ("--loop", "0", "--speed", "max")])
def test_what_another_command_is_told_means_the_same_there(given: tuple[str, ...]) -> None:
    options = read(*given)

    assert playback_settings(options) == playback_settings(read(*playback_arguments(options)))


def test_what_is_no_duration_is_refused() -> None:
    with pytest.raises(SettingsError, match="--max-gap was 'long'"):
        playback_settings(read("--max-gap", "long"))


def test_quotes_wait_for_others_for_a_moment_at_most() -> None:
    assert MAX_GRAIN_NS == playback_settings(read("--grain", "50ms"))["grain_ns"]
    with pytest.raises(SettingsError, match="--grain was '51ms', expected 50ms at most"):
        playback_settings(read("--grain", "51ms"))
