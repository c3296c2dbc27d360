"""A test of a user gets a replay that is over with it; one that wants none pays nothing."""

import configparser
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

import pytest_zreplay
from tests.zreplay.fake_sink import write_recording

pytest_plugins = "pytester"
ROOT = Path(__file__).resolve().parents[1]
QUOTES = 50
TESTS = f"""
import os
import pytest

pids = []


def test_a_strategy_sees_each_quote(zreplay_replay):
    replay = zreplay_replay("quotes.csv", speed="max")
    assert {QUOTES} == sum(received.quotes.num_rows for received in replay)
    other = zreplay_replay("quotes.csv", start_paused=True)
    pids.extend([replay.status()["pid"], other.status()["pid"]])


def test_none_is_left():
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
"""


def test_a_replay_is_given_and_is_over_with_the_test(pytester: pytest.Pytester) -> None:
    write_recording(pytester.path / "quotes.csv", QUOTES)
    pytester.makepyfile(TESTS)

    pytester.runpytest_subprocess("-p", "pytest_zreplay").assert_outcomes(passed=2)


def test_it_is_found_by_its_entry_point() -> None:
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    name, _, value = setup["options.entry_points"]["pytest11"].strip().partition(" = ")

    assert EntryPoint(name, value, "pytest11").load() is pytest_zreplay
    assert name in setup["options"]["py_modules"].split()


def test_to_load_it_imports_nothing_of_ours() -> None:
    code = "import pytest_zreplay, sys; sys.exit('zreplay' in sys.modules)"

    assert 0 == subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=60).returncode
