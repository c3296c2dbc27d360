"""A registry knows the process beside what the program counts, and says what it needs."""

import sys
from pathlib import Path

import pytest

from protocol.errors import SettingsError
from protocol.program.metrics_registry import program_registry

pytest.importorskip("prometheus_client")


def test_without_the_library_it_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    with pytest.raises(SettingsError, match=r"not installed\n.*install -e '\.\[metrics") as refused:
        program_registry(lambda: ())

    assert "Z213" == refused.value.code


def test_the_process_and_its_python_are_told_too() -> None:
    from prometheus_client import generate_latest

    text = generate_latest(program_registry(lambda: ())).decode()

    assert "python_info{" in text
    assert "process_resident_memory_bytes " in text or not Path("/proc/self").exists()
