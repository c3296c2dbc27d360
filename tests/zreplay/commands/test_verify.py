"""`zreplay verify` says what was compared, and exits with 0 only if it was all, and the same."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from zreplay.commands.cli import cli
from zreplay.inspection.verifier import Verdict


@pytest.mark.parametrize(
    ("more", "exit_code", "texts"),
    [
        ({}, 0, ["compared: 7 lines, bytes 0 to 9,000", "the same: all committed lines"]),
        ({"whole": False, "lines_before": 5}, 1, ["not compared: 5 lines", "not the whole"]),
        ({"same": False, "problem": "line 3 is x"}, 1, ["not the same: line 3 is x"]),
        ({"dropped": [[100, 900, 0, 10**9]]}, 0, ["dropped, without a line: bytes 100 to 900"]),
    ],
)
def test_a_verdict_is_said_and_has_its_exit_code(
    monkeypatch: pytest.MonkeyPatch, more: dict[str, Any], exit_code: int, texts: list[str]
) -> None:
    found: dict[str, Any] = {"same": True, "whole": True, "lines": 7, "lines_before": 0}
    found |= {"from_offset": 0, "to_offset": 9_000, "dropped": [], **more}

    class Fixed:
        def __init__(self, folder: Path, state: Path | None) -> None:
            assert (Path("there"), None) == (folder, state)

        def verify(self) -> Verdict:
            return Verdict(**found)

    monkeypatch.setattr("zreplay.inspection.verifier.Verifier", Fixed)
    done = CliRunner().invoke(cli, ["verify", "there"])
    as_json = CliRunner().invoke(cli, ["verify", "there", "--json"])

    assert [exit_code] * 2 == [done.exit_code, as_json.exit_code]
    assert all(text in done.output for text in texts), done.output
    assert {"schema": 1, "problem": "", **found} == json.loads(as_json.stdout)
