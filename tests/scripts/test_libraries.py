"""Ours and the library do the same work, and a library that is missing is named."""

from pathlib import Path

import pytest

from scripts.bench_parts import libraries
from scripts.bench_parts.pipeline import Plan
from scripts.bench_parts.rounds import Spread
from zreplay.live.segment_head import name_of


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measure little, and install nothing."""
    for name in ("COMMITS", "VALUES", "MESSAGES"):
        monkeypatch.setattr(libraries, name, 320)
    monkeypatch.setattr(libraries, "install", lambda _: None)


def test_a_library_that_is_not_installed_is_skipped_and_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(libraries, "find_spec", lambda name: name == "sqlite3" or None)
    section = libraries.libraries(Plan(rounds=1))

    assert ["sqlite3"] == [row["library"] for row in section.rows]
    assert {"hdrh", "mcap"} == {note.split()[0] for note in section.notes}


def test_what_is_measured_is_said_of_both_and_as_a_ratio(monkeypatch: pytest.MonkeyPatch) -> None:
    pair = libraries.Pair("work", "sqlite3", lambda _: 2.0, lambda _: 5.0)
    monkeypatch.setattr(libraries, "PAIRS", (pair,))
    [row] = libraries.libraries(Plan(rounds=1)).rows

    assert [Spread(us, us, us) for us in (2.0, 5.0, 2.5)] == [
        row[name] for name in ("zreplay, us", "library, us", "times as long")
    ]


def test_both_commits_write_the_same_log(tmp_path: Path) -> None:
    (tmp_path / "ours").mkdir()
    (tmp_path / "theirs").mkdir()

    assert min(libraries.ring(tmp_path / "ours"), libraries.sqlite(tmp_path / "theirs")) > 0
    logs = [(tmp_path / name / "mid_prices.log").read_bytes() for name in ("ours", "theirs")]
    assert [320 * libraries.LINES] * 2 == logs


@pytest.mark.parametrize("quotes", [1, 100])
def test_every_duration_is_counted_whatever_the_batch(tmp_path: Path, quotes: int) -> None:
    assert libraries.histogram_of(quotes)(tmp_path) > 0  # it counts them itself


def test_every_message_is_captured(tmp_path: Path) -> None:
    assert libraries.capture(tmp_path) > 0
    assert 320 == (tmp_path / "capture" / name_of(0)).read_bytes().count(libraries.QUOTE)


def test_the_libraries_take_the_same(tmp_path: Path) -> None:
    pytest.importorskip("hdrh", reason="scripts/bench --libraries installs it")
    pytest.importorskip("mcap", reason="scripts/bench --libraries installs it")

    assert min(libraries.hdr(tmp_path), libraries.mcap(tmp_path)) > 0
    assert 320 == (tmp_path / "capture.mcap").read_bytes().count(libraries.QUOTE)
