"""A worker from its settings to its exit code."""

import os
import sys
import time
from functools import partial

import pytest
from msgspec.structs import replace

from protocol.compiled_parts import LINES
from protocol.errors import EXIT_DONE, SettingsError
from protocol.program.stop import StopSignal
from tests.forms import built_without, in_form
from zmid.serve_worker import run_worker
from zmid.settings import WorkerSettings


@pytest.fixture
def settings(tmp_path):
    tmp_path.chmod(0o700)
    return WorkerSettings(source=f"ipc://{tmp_path}/batches", sink=f"ipc://{tmp_path}/results")


@pytest.fixture
def stop():
    stop = StopSignal()
    yield stop
    stop.close()


def test_the_end_takes_a_second_at_most_where_no_sink_is(settings, stop):
    stop.request()
    started = time.monotonic_ns()
    assert EXIT_DONE == run_worker(settings, stop)
    assert time.monotonic_ns() - started < 1_500_000_000


def test_the_loop_ends_when_the_parent_is_gone(settings, stop):
    parent_fd, write_fd = os.pipe()
    os.close(write_fd)
    assert EXIT_DONE == run_worker(replace(settings, parent_fd=parent_fd), stop)
    os.close(parent_fd)


@pytest.mark.parametrize(("threshold_ms", "said"), [(20.0, 20.0), (1e18, "off")])
def test_the_first_words_say_the_threshold_as_it_is_given(
    settings, stop, threshold_ms, said, caplog
):
    caplog.set_level("INFO")
    stop.request()
    run_worker(replace(settings, latency_threshold_ms=threshold_ms), stop)
    ready = next(each for each in caplog.records if each.getMessage() == "worker ready")
    assert said == ready.fields["threshold_ms"]


@pytest.mark.parametrize(
    ("form", "compiled", "warning_count"),
    [
        (built_without, True, 0),
        (partial(built_without, LINES), False, 1),
        (partial(in_form, "plain"), False, 0),
    ],
    ids=["built", "not built", "left out"],
)
def test_the_first_words_say_whether_it_is_compiled_and_what_it_costs_if_it_was_not_built(
    settings, stop, form, compiled, warning_count, caplog
):
    caplog.set_level("INFO")
    stop.request()
    with form():
        run_worker(settings, stop)
    ready = caplog.records[0]
    warnings = [record for record in caplog.records if record.levelname == "WARNING"]

    assert ("worker ready", compiled) == (ready.getMessage(), ready.fields["compiled"])
    assert warning_count == len(warnings)


def test_in_a_run_the_workers_leave_it_to_the_replayer_to_warn(settings, stop, caplog):
    parent_fd, write_fd = os.pipe()
    os.close(write_fd)
    with built_without(LINES):
        run_worker(replace(settings, parent_fd=parent_fd), stop)
    os.close(parent_fd)

    assert [] == [record for record in caplog.records if record.levelname == "WARNING"]


@pytest.mark.parametrize("option", ["source", "sink"])
def test_an_address_that_will_not_do_is_an_error_and_no_hang(stop, option):
    with pytest.raises(SettingsError):
        run_worker(WorkerSettings(**{option: "http://127.0.0.1:1"}), stop)


def test_what_a_processor_prints_goes_to_the_diagnostics(
    settings, stop, tmp_path, monkeypatch, capsys
):
    path = tmp_path / "mine.py"
    path.write_text(
        "from zmid.processors import Text, processor\n"
        "print('from a processor')\n"
        "@processor(Text('a.csv'))\ndef mine(quotes):\n    return b''\n"
    )
    monkeypatch.setattr("sys.stdout", sys.stdout)
    stop.request()
    assert EXIT_DONE == run_worker(replace(settings, processor=(f"{path}:mine",)), stop)
    out, err = capsys.readouterr()

    assert ("", True) == (out, "from a processor" in err)
