"""Input options become settings, and the arguments of a child that mean the same."""

from pathlib import Path
from typing import Any

import click
import pytest

from protocol.errors import InputError, SettingsError
from zreplay.commands.input_options import INPUT_OPTIONS, input_arguments, input_settings
from zreplay.historical.daily_session import DailySession
from zreplay.historical.latency_model import LatencyModel
from zreplay.historical.selection import Selection
from zreplay.recordings.formats.format_options import FormatOptions
from zreplay.settings import MAX_JUMP_NS

DAY_NS = 1_759_363_200_000_000_000  # 2025-10-02


def options_of(*arguments: str) -> dict[str, Any]:
    def command(**options: Any) -> None: ...

    for option in reversed(INPUT_OPTIONS):
        command = option(command)
    return click.command(command).make_context("serve", list(arguments)).params


def settings_of(*arguments: str) -> dict[str, Any]:
    return input_settings(options_of(*arguments))


EVERYTHING: dict[str, Any] = {
    "historical": (),
    "columns": FormatOptions(),
    "selection": None,
    "latency": None,
    "max_jump_ns": MAX_JUMP_NS,
}
CASES = [
    ([], {}),
    (["a.csv", "--historical", "b.csv"], {"historical": (Path("a.csv"), Path("b.csv"))}),
    (["-"], {"historical": (Path("-"),)}),
    (
        ["--column", "bid_price=best_bid", "--column", "TICKER=Sym=bol"],
        {"columns": FormatOptions({"bid_price": "best_bid", "ticker": "Sym=bol"})},
    ),
    (
        ["--format", "tardis", "--zone", "Asia/Tokyo", "--header", "a,b", "--scale", "0.01"],
        {"columns": FormatOptions({}, "tardis", "", ("a", "b"), "", "Asia/Tokyo", scale="0.01")},
    ),
    (
        ["--session", "09:30-16:00", "--zone", "Asia/Tokyo"],
        {
            "columns": FormatOptions(zone="Asia/Tokyo"),
            "selection": Selection(session=DailySession(34_200, 57_600, "Asia/Tokyo")),
        },
    ),
    (["--dedupe"], {"selection": Selection(dedupe=True)}),
    (
        ["--path", "{date}/{ticker}.csv"],
        {"columns": FormatOptions(path="{date}/{ticker}.csv")},
    ),
    (["--latency", "none"], {"columns": FormatOptions(latency="none")}),
    (["--tickers", "B,A, C*", "--tickers", "A"], {"selection": Selection(("A", "B", "C*"))}),
    (["--exclude", "X"], {"selection": Selection(exclude=("X",))}),
    (
        ["--from", "2025-10-02", "--to", "2025-10-02T00:00:01.5Z"],
        {"selection": Selection(from_ns=DAY_NS, to_ns=DAY_NS + 1_500_000_000)},
    ),
    (
        ["--start-offset", "250ms", "--duration", "2m", "--limit", "7"],
        {"selection": Selection(start_offset_ns=250_000_000, duration_ns=120_000_000_000, limit=7)},
    ),
    (
        ["--latency", "shift:-3ms"],
        {"latency": LatencyModel("shift", -3.0), "columns": FormatOptions(latency="shift")},
    ),
    (["--max-jump", "36h"], {"max_jump_ns": 129_600_000_000_000}),
    (["--max-jump", "0"], {"max_jump_ns": 0}),
]


@pytest.mark.parametrize(("arguments", "expected"), CASES)
def test_options_become_settings(arguments: list[str], expected: dict[str, Any]) -> None:
    assert {**EVERYTHING, **expected} == settings_of(*arguments)


@pytest.mark.parametrize(("arguments", "expected"), CASES)
def test_a_child_is_told_the_same_but_for_the_files(
    arguments: list[str], expected: dict[str, Any]
) -> None:
    again = settings_of(*input_arguments(options_of(*arguments)))

    assert {**EVERYTHING, **expected, "historical": ()} == again


@pytest.mark.parametrize(
    "arguments",
    [
        *(["--column", pair] for pair in ("bid_price", "bid_price=", "=x", "bid=x")),
        ["--column", "ticker=a", "--column", "ticker=b"],
        *(["--from", text] for text in ("", "now", "2025-13-01", "23:59")),
        ["--limit", "0"],
        ["--duration", "-1s"],
        ["--latency", "fast"],
        ["--max-jump", "far"],
        ["--from", "2025-10-02", "--start-offset", "1s"],
    ],
)
def test_what_cannot_be_is_refused(arguments: list[str]) -> None:
    with pytest.raises(SettingsError):
        settings_of(*arguments)


def test_patterns_are_looked_up(tmp_path: Path) -> None:
    (tmp_path / "a.csv").touch()

    assert (tmp_path / "a.csv",) == settings_of(str(tmp_path / "*.csv"))["historical"]
    with pytest.raises(InputError):
        settings_of(str(tmp_path / "*.gz"))
