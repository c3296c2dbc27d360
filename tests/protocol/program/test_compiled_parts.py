"""A missing part in C is a warning that says what to do, one that is there is none."""

import logging
import shutil
import sysconfig
from importlib.util import find_spec
from pathlib import Path

import pytest

from protocol.program.compiled_parts import COST, FIX, warn_unless_compiled
from protocol.program.diagnostics import Log, TextFormatter


def test_a_missing_part_is_one_warning_with_its_cost_and_what_to_do(
    caplog: pytest.LogCaptureFixture,
) -> None:
    warn_unless_compiled(False, Log("worker"))

    [record] = caplog.records
    line = TextFormatter().format(record)
    assert logging.WARNING == record.levelno
    assert COST in line and FIX in line
    assert "scripts/install" in FIX and "cc" in FIX


def test_where_all_is_compiled_nothing_is_said(caplog: pytest.LogCaptureFixture) -> None:
    warn_unless_compiled(True, Log("worker"))

    assert [] == caplog.records


@pytest.mark.skipif(
    not (shutil.which("cc") and Path(sysconfig.get_path("include"), "Python.h").is_file()),
    reason="no C compiler or no Python.h is here",
)
@pytest.mark.parametrize(
    "part",
    [
        "zmid.compiled_lines",
        "zreplay.ordering.compiled_order",
        "zreplay.recordings.csv.compiled_rows",
    ],
)
def test_a_part_is_built_where_it_can_be(part: str) -> None:
    assert find_spec(part) is not None
