"""What a report knows of a run is what its folder says."""

from pathlib import Path

import pytest

from protocol.errors import ResultLogError, SettingsError
from tests.zreplay.reporting.run_folders import SUMMARY, run_folder, with_rates, with_rejected
from zreplay.reporting import folder_facts
from zreplay.reporting.folder_facts import read_facts


def test_everything_in_the_folder_is_read(tmp_path: Path) -> None:
    folder = with_rejected(with_rates(run_folder(tmp_path)), "x", "y")
    found = read_facts(folder, ())

    assert SUMMARY == found.run.summary
    assert found.overview is not None and found.time_line is not None
    assert 7 == sum(quotes for _, quotes, *_ in found.overview.tickers())
    assert [row[0] for row in found.overview.tickers()] == [*found.time_line.series]
    assert (2, ["x", "y"], {"not a number": 2}, True) == (
        found.rejected.total,
        [one["value"] for one in found.rejected.first],
        dict(found.rejected.reasons),
        found.rejected.is_all,
    )
    assert 5 == len(found.rates)
    assert 0 == found.gaps.total


def test_tickers_that_are_named_are_those_that_are_drawn(tmp_path: Path) -> None:
    run_folder(tmp_path)

    assert ("B",) == tuple(read_facts(tmp_path, ("B",)).time_line.series)  # type: ignore[union-attr]
    with pytest.raises(SettingsError, match="no ticker 'X'"):
        read_facts(tmp_path, ("B", "X"))


def test_a_run_without_a_table_has_the_rest(tmp_path: Path) -> None:
    found = read_facts(run_folder(tmp_path, has_table=False), ())

    assert (None, None, SUMMARY) == (found.overview, found.time_line, found.run.summary)


def test_a_long_log_is_read_to_a_limit_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_facts, "MOST_LINES", 3)
    folder = with_rejected(run_folder(tmp_path), *"abcdef")

    assert (3, False) == (
        read_facts(folder, ()).rejected.total,
        read_facts(folder, ()).rejected.is_all,
    )


def test_a_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ResultLogError, match="holds no run") as refused:
        read_facts(tmp_path, ())

    assert "Z604" == refused.value.code
