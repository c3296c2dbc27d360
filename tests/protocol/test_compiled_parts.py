"""Which C parts are in use: all that were built, and none if ZREPLAY_PURE says so."""

import os
import shutil
import subprocess
import sys
import sysconfig
from importlib.util import find_spec
from pathlib import Path

import pytest

from protocol.compiled_parts import (
    COST,
    FIX,
    ORDER,
    PARTS,
    ROWS,
    VARIABLE,
    are_in_use,
    in_words,
    lack_of,
)
from tests.forms import built_without, in_form

TELL = """
import sys
import protocol.narrow_column, protocol.narrow_text
import zmid.mid, zmid.processors.mids_table, zreplay.ordering.sorted_run
import zreplay.recordings.csv.csv_text, zreplay.recordings.plain_columns
import zreplay.conversion.csv_text, zreplay.quotes.used_names
from protocol.compiled_parts import PARTS, in_words
print(sorted(sys.modules.keys() & set(PARTS)), in_words())
"""


def told(value: str | None) -> str:
    """Return what a process says of its parts that begins with this value of the variable."""
    environment = {name: text for name, text in os.environ.items() if name != VARIABLE}
    if value is not None:
        environment[VARIABLE] = value
    done = subprocess.run(
        [sys.executable, "-c", TELL], env=environment, capture_output=True, text=True, timeout=60
    )
    assert "" == done.stderr
    return done.stdout


@pytest.mark.parametrize("value", ["1", "yes"])
def test_what_the_variable_leaves_out_is_not_even_imported(value: str) -> None:
    assert "[] nothing compiled: ZREPLAY_PURE is set\n" == told(value)


@pytest.mark.usefixtures("compiled")
@pytest.mark.parametrize("value", [None, "", "0"])
def test_without_it_whatever_was_built_is_in_use(value: str | None) -> None:
    assert f"{sorted(PARTS)} compiled\n" == told(value)


def test_a_part_that_was_not_built_is_not_in_use_and_the_others_are() -> None:
    with built_without(ORDER):
        in_use = [part for part in PARTS if are_in_use(part)]

        assert [part for part in PARTS if part != ORDER] == in_use
        assert not are_in_use(*PARTS)
        assert f"compiled, but for {ORDER}" == in_words()


def test_what_was_not_built_is_told_with_its_cost_and_what_to_do() -> None:
    with built_without(ORDER, ROWS):
        assert {"parts": ROWS, "cost": COST, "fix": FIX} == lack_of(ROWS)
        assert f"{ORDER}, {ROWS}" == lack_of(*PARTS)["parts"]
    assert "scripts/install" in FIX and "cc" in FIX


def test_what_is_there_or_was_left_out_on_purpose_is_no_lack() -> None:
    with built_without(ORDER):
        assert {} == lack_of(ROWS)
        with in_form("plain"):
            assert {} == lack_of(*PARTS)


@pytest.mark.skipif(
    not (shutil.which("cc") and Path(sysconfig.get_path("include"), "Python.h").is_file()),
    reason="no C compiler or no Python.h is here",
)
@pytest.mark.parametrize("part", PARTS)
def test_a_part_is_built_where_it_can_be(part: str) -> None:
    assert find_spec(part) is not None
