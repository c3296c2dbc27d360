"""A foreign `protocol` is reported with its path; a mere folder of that name is harmless."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SCREAM = "raise SystemExit('it was run')\n"


def python(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run a Python that finds our packages as an installed program does: after the folder."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        env=environment,
        timeout=60,
    )


def protocol_py(folder: Path) -> Path:
    path = folder / "protocol.py"
    path.write_text(SCREAM)
    return path


def protocol_package(folder: Path) -> Path:
    path = folder / "protocol" / "__init__.py"
    path.parent.mkdir()
    path.write_text(SCREAM)
    return path


@pytest.mark.parametrize("make", [protocol_py, protocol_package])
@pytest.mark.parametrize(
    "statement", ["import zreplay", "from zreplay import read", "import zreplay.reading"]
)
def test_a_protocol_of_the_users_own_is_named_and_not_run(
    tmp_path: Path, make: object, statement: str
) -> None:
    path = make(tmp_path)  # type: ignore[operator]
    done = python(tmp_path, "-c", statement)

    assert 1 == done.returncode
    assert f"ImportError: {path} hides the package `protocol` that" in done.stderr.splitlines()[-1]


def test_a_script_of_that_name_that_imports_us_is_named_too(tmp_path: Path) -> None:
    path = tmp_path / "protocol.py"
    path.write_text("import zreplay\nzreplay.read\n")

    found = python(tmp_path, "protocol.py").stderr
    assert f"ImportError: {path} hides the package `protocol` that" in found


@pytest.mark.parametrize("program", ["zreplay", "zmid"])
def test_a_program_names_it_and_runs_where_the_folder_does_not_count(
    tmp_path: Path, program: str
) -> None:
    path = tmp_path / "protocol.py"
    path.write_text("")
    refused = python(tmp_path, "-m", program, "--version")
    safe = python(tmp_path, "-P", "-m", program, "--version")

    assert (1, True) == (refused.returncode, str(path) in refused.stderr.splitlines()[-1])
    assert (0, True) == (safe.returncode, safe.stdout.startswith(program))


@pytest.mark.parametrize("program", ["zreplay", "zmid"])
def test_a_package_that_was_installed_over_ours_is_noticed(tmp_path: Path, program: str) -> None:
    for name in ("protocol", "zreplay", "zmid"):
        (tmp_path / name).mkdir()
        source = (ROOT / name / "__init__.py").read_text()
        (tmp_path / name / "__init__.py").write_text(source if name != "protocol" else "")
    done = python(tmp_path, "-c", f"import {program}")

    assert str(tmp_path / "protocol" / "__init__.py") in done.stderr.splitlines()[-1]


@pytest.mark.parametrize("name", ["zreplay", "zmid", "protocol"])
def test_a_folder_of_our_name_is_not_taken_for_us(tmp_path: Path, name: str) -> None:
    """The parent folder of a clone has one."""
    (tmp_path / name).mkdir()
    done = python(tmp_path, "-c", f"import {name}, zreplay; print({name}.__file__, zreplay.read)")

    assert "" == done.stderr
    assert done.stdout.startswith(str(ROOT / name / "__init__.py"))
