"""A run without a quote says which tickers, times or columns there are."""

from pathlib import Path

import pytest

from zreplay.commands.empty_run import why_empty
from zreplay.historical.daily_session import DailySession
from zreplay.historical.selection import Selection
from zreplay.recordings.input_paths import STANDARD_INPUT
from zreplay.settings import ReplaySettings

HEADER = "timestamp,ticker,ask_price,bid_price,latency\n"
ROWS = (
    "2025-10-02 12:00:00,BTC-USDT,2,1,5\n"
    "2025-10-02 12:00:01,ETH-USDT,2,1,5\n"
    "2025-10-02 12:00:02,SOL-USDT,2,1,5\n"
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "quotes.csv"
    path.write_text(HEADER + ROWS)
    return path


@pytest.mark.parametrize(
    "asked, meant",
    [
        ("btc-usdt", "did you mean --tickers 'BTC-USDT'?"),
        ("ETH-UDST", "did you mean --tickers 'ETH-USDT'?"),
        ("sol*", "did you mean --tickers 'SOL*'?"),
        ("XYZ", "zreplay inspect lists the tickers; names and patterns are case-sensitive"),
    ],
)
def test_tickers_that_nothing_matches(path: Path, asked: str, meant: str) -> None:
    selection = Selection(tickers=(asked,))
    what, fix = why_empty(ReplaySettings(historical=(path,), selection=selection))

    assert f"no ticker matches --tickers '{asked}': there are BTC-USDT, ETH-USDT, SOL-USDT" == what
    assert meant == fix


def test_times_at_which_nothing_arrives(path: Path) -> None:
    selection = Selection(tickers=("BTC*",), from_ns=2**62)
    what, _ = why_empty(ReplaySettings(historical=(path,), selection=selection))

    assert what.startswith("no quote matches --tickers 'BTC*' --from '2116-02-20 23:53:38.427': ")
    assert what.endswith("from 2025-10-02 12:00:00.005 to 2025-10-02 12:00:02.005")


def test_what_to_mend_is_the_options_that_were_given(path: Path) -> None:
    fixes = [
        why_empty(ReplaySettings(historical=(path,), selection=selection)).fix
        for selection in (Selection(start_offset_ns=2**60), Selection(from_ns=2**62))
    ]

    assert ["--start-offset and --duration", "--from and --to"] == [
        fix.partition(" within ")[0] for fix in fixes
    ]


def test_what_is_left_out_whole_is_not_what_does_not_match(path: Path) -> None:
    selection = Selection(exclude=("*",))
    what, fix = why_empty(ReplaySettings(historical=(path,), selection=selection))

    assert what.startswith("--exclude '*' leaves out every ticker: there are ")
    assert "--exclude fewer, or --allow-empty" == fix


def test_a_session_without_a_quote_is_not_a_matter_of_from_and_to(path: Path) -> None:
    session = DailySession.parse("03:00-03:01", "UTC", "--session")
    _, fix = why_empty(ReplaySettings(historical=(path,), selection=Selection(session=session)))

    assert fix.startswith("another --session")


def test_files_of_a_header_alone(path: Path) -> None:
    path.write_text(HEADER)

    what, fix = why_empty(ReplaySettings(historical=(path,), selection=Selection(limit=1)))

    assert ("there is not one row in the files", True) == (what, "--allow-empty" in fix)


def test_files_of_which_no_row_is_a_quote(path: Path) -> None:
    path.write_text(f"{HEADER}x,BTC,2,1,5\ny,BTC,2,1,5\n")

    what, fix = why_empty(ReplaySettings(historical=(path, path.with_name("quotes.csv"))[:1]))

    assert what.startswith("none of the 2 rows is a quote: ")
    assert "zreplay inspect" in fix


def test_standard_input_is_not_read_again() -> None:
    settings = ReplaySettings(historical=(STANDARD_INPUT,), selection=Selection(tickers=("A",)))

    assert "no row of standard input matches --tickers 'A'" == why_empty(settings).what
