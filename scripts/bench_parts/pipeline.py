"""`zreplay run` as one command that is measured from its start to its end."""

import shutil
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from scripts.bench_parts.recording import cache_folder
from scripts.bench_parts.usage import Usage, measured

ZREPLAY = [sys.executable, "-m", "zreplay"]
FULL_SPEED = ("--speed", "max")


@dataclass(frozen=True, slots=True)
class Plan:
    """What the user chose; `rows` and `rounds` None are the group's own.

    `only` is in the name of each case that is asked for.
    """

    rows: int | None = None
    rounds: int | None = None
    cache: Path = field(default_factory=cache_folder)
    zreplay: list[str] = field(default_factory=lambda: list(ZREPLAY))
    against: tuple[str, ...] = ()
    only: str = ""


def run_file(
    plan: Plan, file: Path, *options: str, out: Path | None = None, is_watched: bool = False
) -> tuple[Usage, dict[str, Any]]:
    """Run a file to its last committed line; return what it took and what it printed.

    What an earlier run wrote to `out` is removed before: that is no part of this one.
    """
    if out is not None:
        shutil.rmtree(out, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix="zreplay-bench-") as folder:
        command = [*plan.zreplay, "run", str(file), *options]
        words = [*command, "--out", str(out or folder), "--json"]
        usage = measured(words, is_watched=is_watched)
        return usage, msgspec.json.decode(usage.printed, type=dict[str, Any])
