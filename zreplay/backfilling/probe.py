"""What a worker of a cluster has and can reach, and why it may not run tasks. No engine in here."""

import hashlib
import platform
import shutil
import socket
from functools import cache
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import pyarrow as pa

from protocol.compiled_parts import LINES, are_in_use
from protocol.errors import ZreplayError
from protocol.program_version import PROGRAM_VERSION
from zreplay.backfilling.file_ends import ends_of
from zreplay.backfilling.store import store_of

LEAST_FREE_BYTES: Final = 1024**3
_PACKAGES: Final = ("protocol", "zmid", "zreplay")


class Findings(msgspec.Struct, frozen=True):
    """What was found on a machine. `cannot` says what it cannot do, in words; empty is nothing."""

    host: str
    versions: dict[str, str]
    first_file: str
    is_compiled: bool
    cannot: tuple[str, ...] = ()


def probe(first: Path, out: Path, scratch: Path | None, *, writes: bool = True) -> Findings:
    """Return what this machine has, whether it sees the first file, and whether it can write."""
    cannot = []
    ends = ends_of(first)
    if ends is None:
        cannot.append(f"cannot read {first}")
    if writes:
        try:
            cannot += _written(out, scratch)
        except ZreplayError as error:
            cannot.append(error.what)
    return Findings(
        socket.gethostname(),
        {
            "zreplay": _source(),
            "Python": ".".join(platform.python_version_tuple()[:2]),
            "numpy": np.__version__,
            "pyarrow": pa.__version__,
        },
        ends or "",
        are_in_use(LINES),
        tuple(cannot),
    )


def misfits(ours: Findings, theirs: Findings) -> list[str]:
    """Return why a worker may not run tasks that were planned here, nothing if it may."""
    found = [
        f"{name} {theirs.versions.get(name, 'is missing')}, here {version}"
        for name, version in ours.versions.items()
        if theirs.versions.get(name) != version
    ]
    found += theirs.cannot
    if not theirs.cannot and theirs.first_file != ours.first_file:
        found.append("the first file is another one there")
    return found


def _written(out: Path, scratch: Path | None) -> list[str]:
    store = store_of(out, scratch)
    path = store.scratch()
    path.write_bytes(b"zreplay")
    free_bytes = shutil.disk_usage(path.parent).free
    store.publish(path, name := f"parts/{path.stem}.probe.tmp")
    store.remove(name)
    if free_bytes < LEAST_FREE_BYTES:
        return [f"{path.parent} has {free_bytes / 2**20:,.0f} MiB free"]
    return []


@cache
def _source() -> str:
    """Return the version with what the sources come to: what is not released has one version."""
    root = Path(__file__).resolve().parents[2]
    digest = hashlib.sha256()
    for package in _PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return f"{PROGRAM_VERSION} of source {digest.hexdigest()[:8]}"
