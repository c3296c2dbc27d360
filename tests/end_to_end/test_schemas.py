"""What the commands print with --json has the fields of its schema, and no others."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.end_to_end.processes import ROOT, finish, parts
from zreplay.commands.schemas import SHAPES

SAMPLE = ROOT / "fixtures" / "historical_sample.csv"


def printed(*arguments: object) -> dict[str, Any]:
    return msgspec.json.decode(finish("zreplay", *arguments).stdout, type=dict[str, Any])


def check(shape: str, answer: dict[str, Any]) -> None:
    """Fail unless its struct, which drops what it does not know, gives it back whole."""
    struct = SHAPES[shape].struct()

    assert msgspec.to_builtins(msgspec.convert(answer, struct)) == answer


def test_that_of_a_run_is_its_summary(tmp_path: Path) -> None:
    run = ("run", SAMPLE, "--speed", "max", "--out", tmp_path, "--json")

    check("run", printed(*run))
    check("run", printed(*run))  # which is complete already


def test_that_of_the_status_is_what_a_replayer_answers(tmp_path: Path) -> None:
    with parts(tmp_path) as these:
        these.serve(SAMPLE, "--start-paused")
        these.sink()
        these.worker()

        check("status", these.ask("status"))


@pytest.mark.parametrize(
    ("shape", "arguments"),
    [
        ("inspect", ("inspect", SAMPLE, "--json")),
        ("config", ("config", "show", "--json")),
        ("error", ("inspect", "missing.csv", "--json")),
        ("error", ("ctl", "--control", "ipc:///nobody", "ping", "--json")),
    ],
)
def test_that_of_the_others_is_what_they_print(shape: str, arguments: tuple[object, ...]) -> None:
    check(shape, printed(*arguments))
