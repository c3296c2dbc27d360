"""The alternatives of scripts/bench_peers: their packages, their runs, their lines."""

import filecmp
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from scripts.bench_parts.usage import Usage, measured

FOLDER = Path(__file__).resolve().parents[1] / "bench_peers"
REQUIREMENTS = FOLDER / "requirements.txt"
PACKAGES = {"duckdb": "duckdb", "polars": "polars", "plain_python": "csv"}
"""What each needs to be importable."""

OTHER_LINES = "OTHER LINES"
LOGS = ("mid_prices.log", "errors.log")


def install(packages: list[str]) -> None:
    """Install those that are missing; report if that fails."""
    wanted = requirements_of([package for package in packages if not find_spec(package)])
    if not wanted:
        return
    print(f"installing {' '.join(wanted)} into {sys.prefix}", file=sys.stderr)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if subprocess.run([*pip, *wanted]).returncode != 0:
        print("those that are missing are skipped", file=sys.stderr)


def is_installed(name: str) -> bool:
    return find_spec(PACKAGES[name]) is not None


def requirements_of(packages: list[str]) -> list[str]:
    """Return the requirements for pip; each begins with the name of its package."""
    lines = REQUIREMENTS.read_text().splitlines()
    return [line for line in lines if line.startswith(tuple(packages))]


def run_peer(name: str, file: Path, out: Path, *options: str, is_watched: bool = False) -> Usage:
    """Run an alternative, which writes both logs; what it wrote to `out` before is removed."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    words = [sys.executable, str(FOLDER / f"{name}_peer.py"), str(file), str(out), *options]
    return measured(words, is_watched=is_watched)


def compared(ours: Path, theirs: Path) -> str:
    """Return whether two folders hold the same lines."""
    if all(filecmp.cmp(ours / log, theirs / log, shallow=False) for log in LOGS):
        return "same bytes"
    if all(_lines(ours / log) == _lines(theirs / log) for log in LOGS):
        return "same lines"
    return OTHER_LINES


def _lines(path: Path) -> list[bytes]:
    return sorted(path.read_bytes().splitlines())
