"""A figure names its machine, and what else that machine did meanwhile."""

import subprocess
import sys
import time

import pytest

from protocol.compiled_parts import PARTS
from scripts.bench_parts import machine as module
from scripts.bench_parts.machine import OtherWork, Spent, machine, versions
from tests.forms import built_without


def test_the_machine_names_its_processor_its_cores_and_the_commit() -> None:
    found = machine()

    assert 0 < int(found["cores"])
    assert 0 < float(found["memory_gib"])
    assert found["processor"] and found["commit"]
    assert {"pyzmq", "pyarrow"} <= set(versions())


def test_what_we_ran_ourselves_is_no_other_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only our own are busy: a child that burns a while is taken off again."""
    own_seconds = module._own_seconds
    own = [began := own_seconds()]  # read once: what burns between two readings is other work
    monkeypatch.setattr(module, "_own_seconds", lambda: own[0])
    monkeypatch.setattr(module, "_spent", lambda: Spent(own[0], 0.0))
    others = OtherWork()
    subprocess.run([sys.executable, "-c", "sum(range(10**6))"], check=True)
    own[0] = own_seconds()

    assert began < own[0]
    assert 0.0 == others.cores()


def test_what_a_killed_child_left_behind_had_is_our_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_orphans", [])
    before = module._own_seconds()
    module.count_as_own(1_000.0)

    assert 1_000 <= module._own_seconds() - before < 1_001


def test_other_work_is_counted_in_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(module, "_own_seconds", lambda: 0.5 * now[0])
    monkeypatch.setattr(module, "_spent", lambda: Spent(2.0 * now[0], 0.25 * now[0]))
    others = OtherWork()
    now[0] = 10.0

    assert 1.5 == others.cores()
    assert 0.25 == others.stolen_cores()


@pytest.mark.parametrize("missing", [(), *((part,) for part in PARTS)])
def test_it_is_compiled_if_every_part_is(missing: tuple[str, ...]) -> None:
    with built_without(*missing):
        assert ("not compiled" if missing else "compiled") == machine()["compiled"]
