"""A page shows the facts, loads nothing, and whatever a value is, it is shown as text."""

import re
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tests.zmid.processors.recorded import batch
from tests.zreplay.reporting.run_folders import SUMMARY, run_folder, with_rates, with_rejected
from zreplay.reporting.folder_facts import read_facts

pytest.importorskip("plotly", reason="plotly is not installed")

from zreplay.reporting.report_page import _number, report_page

NASTY = "</script><script>alert(1)</script>"


def without_the_library(page: str) -> str:
    """Return a page without plotly's own code, which is the first script."""
    return re.sub(r"<script>.*?</script>", "", page, count=1, flags=re.DOTALL)


def test_it_shows_what_ran_counts_charts_and_tables(tmp_path: Path) -> None:
    folder = with_rejected(with_rates(run_folder(tmp_path)), "x")
    page = without_the_library(report_page(read_facts(folder, ()), 20.0))

    for text in ("complete", "2.5 s, 403 quotes a second", "rejected rows", "not a number"):
        assert text in page
    for title in ("Quotes a second, by arrival", "Latency (arrival", "Mid of B", "as the run went"):
        assert title in page
    assert "threshold" in page
    assert 'src="' not in page
    assert "http" not in re.sub(r"https://plotly\.com", "", page)


@pytest.mark.parametrize(
    ("summary", "stopped_at", "state"),
    [
        (SUMMARY, None, "complete"),
        ({**SUMMARY, "complete": False, "ended": True}, 1_007, "stopped at record 1,007: feeds"),
        (None, 1_007, "stopped before its end at record 1,007"),
        (None, None, "not finished"),
    ],
)
def test_it_says_how_the_run_ended(
    tmp_path: Path, summary: dict[str, Any] | None, stopped_at: int | None, state: str
) -> None:
    facts = read_facts(run_folder(tmp_path, has_table=False), ())
    facts.run.summary, facts.run.stopped_at = summary, stopped_at
    page = without_the_library(report_page(facts, 20.0))

    assert f"<tr><td>state</td><td>{state}" in page
    assert (summary is not None) == ("<td>quotes</td><td>1,007</td>" in page)


def test_of_a_resumed_run_it_says_what_the_rate_is_of(tmp_path: Path) -> None:
    facts = read_facts(run_folder(tmp_path, has_table=False), ())
    facts.run.summary = {**SUMMARY, "resumed_at": 1_000}
    page = without_the_library(report_page(facts, 20.0))

    said = "at record 1,000, 2.5 s for 7 quotes, 403 a second"
    assert f"<tr><td>last start</td><td>{said}</td></tr>" in page


def test_whatever_a_value_is_it_is_shown_as_text(tmp_path: Path) -> None:
    named = batch(4)
    named = replace(named, columns=replace(named.columns, ticker_names=(NASTY, "<b>B</b>", "&")))
    folder = with_rejected(run_folder(tmp_path, named), NASTY)
    page = without_the_library(report_page(read_facts(folder, ()), None))

    assert NASTY not in page
    assert "<b>B" not in page
    assert "alert(1)" in page


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (3.14159265358979, 4, "3.142"),
        (123456.789, 4, "123,500"),
        (0.0000123456, 4, "0.00001235"),
        (99.99999, 4, "100"),
        (-2.5, 4, "-2.5"),
        (0.0, 4, "0"),
        (float("nan"), 4, ""),
        (60123.456789, 10, "60,123.45679"),
        (1e-9, 10, "0.000000001"),
    ],
)
def test_a_number_has_the_digits_that_one_reads_and_no_exponent(
    value: float, digits: int, text: str
) -> None:
    assert text == _number(value, digits)


def test_without_a_table_it_says_what_gives_one(tmp_path: Path) -> None:
    page = without_the_library(
        report_page(read_facts(run_folder(tmp_path, has_table=False), ()), 1)
    )

    assert "Run with --table" in page
    assert "Plotly.newPlot" not in page
