"""`zreplay report` writes a page whole, or says why not."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from protocol.errors import ResultLogError, SettingsError
from tests.zreplay.fake_sink import write_recording
from tests.zreplay.reporting.run_folders import run_folder
from zreplay.commands import report_command
from zreplay.commands.cli import cli
from zreplay.commands.report_command import read_inspection, write_report


def test_the_page_is_in_the_folder_of_the_run(tmp_path: Path) -> None:
    pytest.importorskip("plotly", reason="plotly is not installed")
    done = CliRunner().invoke(cli, ["report", str(run_folder(tmp_path)), "--json"])
    page = tmp_path / "report.html"

    assert 0 == done.exit_code, done.output
    assert {"schema": 1, "page": str(page), "bytes": page.stat().st_size} == json.loads(done.stdout)
    assert [] == [*tmp_path.glob("*.tmp")]


def test_what_inspect_printed_becomes_a_page_beside_it(tmp_path: Path) -> None:
    pytest.importorskip("plotly", reason="plotly is not installed")
    path = write_recording(tmp_path / "quotes.csv", 30)
    found = tmp_path / "found.json"
    found.write_text(CliRunner().invoke(cli, ["inspect", str(path), "--json"]).stdout)
    done = CliRunner().invoke(cli, ["report", str(found)])

    assert 0 == done.exit_code, done.output
    assert f"<h2>{path}</h2>" in (tmp_path / "found.html").read_text()


def test_what_inspect_did_not_print_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text('{"schema": 1}')

    with pytest.raises(ResultLogError, match="other.json is not what zreplay inspect --json"):
        read_inspection(other)


def test_without_plotly_it_says_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(name: str) -> Any:
        return None

    monkeypatch.setattr(report_command, "find_spec", none)
    with pytest.raises(SettingsError, match="plotly") as refused:
        write_report(run_folder(tmp_path), tmp_path / "p.html", (), as_json=False)

    assert "Z213" == refused.value.code


def test_a_page_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    pytest.importorskip("plotly", reason="plotly is not installed")
    page = tmp_path / "none" / "p.html"
    with pytest.raises(ResultLogError, match=f"cannot write {page}"):
        write_report(run_folder(tmp_path), page, (), as_json=False)


@pytest.mark.parametrize(
    "rule, expected",
    [
        ("--latency-threshold 20.0 --stamp exchange", 20.0),
        ("--latency-threshold off", None),
        ("--stamp exchange", None),
        ("--latency-threshold", None),
    ],
)
def test_the_threshold_is_that_of_the_run(rule: str, expected: float | None) -> None:
    assert expected == report_command._threshold_ms(rule)
