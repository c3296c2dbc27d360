"""The options of `zreplay report`."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from zreplay.commands import report_command
from zreplay.commands.cli import cli


@pytest.mark.parametrize(
    "options, expected",
    [
        ([], ("DIR/report.html", (), False)),
        (["--to", "a.html", "--json"], ("a.html", (), True)),
        (["--tickers", "A, B,,"], ("DIR/report.html", ("A", "B"), False)),
    ],
)
def test_they_say_where_the_page_goes_and_whose_mids_are_drawn(
    options: list[str], expected: tuple[object, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[object, ...]] = []

    def write(folder: Path, page: Path, tickers: tuple[str, ...], *, as_json: bool) -> int:
        asked.append((str(page), tickers, as_json))
        return 0

    monkeypatch.setattr(report_command, "write_report", write)

    assert 0 == CliRunner().invoke(cli, ["report", "DIR", *options]).exit_code
    assert [expected] == asked
