"""What the output of a backfill is: its options, its parts, and the logs they were joined to."""

from typing import IO, Final

import msgspec

from protocol.checksum import crc32
from protocol.errors import ResultLogError
from protocol.json_text import json_bytes
from protocol.result_folder import ERRORS, MIDS, RUN_FILE
from zreplay.backfilling.part_files import COPY_BYTES, DATASET, PARTS, marker_of
from zreplay.backfilling.proof import Report
from zreplay.backfilling.store import Store

MANIFEST: Final = "backfill.json"
VERSION: Final = 3
REJECTED: Final = "rejected.log"
LOG_KINDS: Final = {"mids": MIDS, "errors": ERRORS}
"""Which log the parts of a kind are joined to."""


class LogFile(msgspec.Struct, frozen=True):
    """A finished log; the lines of the rejected rows are counted."""

    name: str
    size_bytes: int
    crc: int
    lines: int = 0


class Manifest(msgspec.Struct, frozen=True):
    """The options, and once it is finished the parts by window and what they were joined to.

    In a store of objects only the rejected rows are joined; the rest is its parts, in order.
    """

    version: int
    options: str
    is_finished: bool = False
    parts: list[str] = []
    logs: list[LogFile] = []


def read_manifest(store: Store) -> Manifest | None:
    """Return the manifest of an output, None if there is none that can be read."""
    data = store.read(MANIFEST)
    try:
        manifest = None if data is None else msgspec.json.decode(data, type=Manifest)
    except msgspec.MsgspecError:
        return None
    return manifest if manifest and manifest.version == VERSION else None


def write_manifest(store: Store, manifest: Manifest) -> None:
    """Replace the manifest of an output as a whole."""
    store.replace(MANIFEST, msgspec.json.format(json_bytes(manifest), indent=2) + b"\n")


def refuse_others(store: Store) -> None:
    """Leave a folder alone that holds the logs of a run.

    Raises:
        ResultLogError: it does.
    """
    out = store.folder
    if out is None:
        return
    if (out / RUN_FILE).exists() or ((out / MIDS).exists() and not (out / MANIFEST).exists()):
        raise ResultLogError(
            f"{out} holds logs that are not of a backfill",
            fix="choose another folder: --out DIR",
            code="Z603",
        )


def finished(store: Store) -> tuple[Manifest, list[Report]]:
    """Return the manifest of a finished output, and what was said of each of its parts.

    Raises:
        ResultLogError: there is none.
    """
    manifest = read_manifest(store)
    if manifest is None or not manifest.is_finished:
        raise ResultLogError(
            f"{store.path} holds no finished backfill",
            fix="finish it: the command that began it goes on",
            code="Z604",
        )
    reports = []
    for name in manifest.parts:
        data = store.read(marker_of(name))
        if data is None:
            raise ResultLogError(
                f"{store.path} has lost {marker_of(name)}",
                fix="the command that wrote it writes it again",
                code="Z605",
            )
        reports.append(msgspec.json.decode(data, type=Report))
    return manifest, reports


def check_logs(store: Store, manifest: Manifest) -> list[str]:
    """Return what is wrong with the logs of a finished backfill, nothing if they are whole."""
    wrong = []
    sizes = store.sizes("") if manifest.logs else {}
    for log in manifest.logs:
        wrong += _wrong(store, log.name, log.size_bytes, log.crc, sizes.get(log.name))
    return wrong


def check_files(store: Store, reports: list[Report]) -> list[str]:
    """Return what is wrong with the files of the parts, nothing if they are whole."""
    wrong = []
    sizes = {**store.sizes(PARTS), **store.sizes(DATASET)}
    for report in reports:
        for part in report.files.values():
            wrong += _wrong(store, part.name, part.size_bytes, part.crc, sizes.get(part.name))
    return wrong


def _wrong(store: Store, name: str, size_bytes: int, crc: int, found: int | None) -> list[str]:
    path = f"{store.path}/{name}"
    if found is None:
        return [f"{path} is not there"]
    if found != size_bytes:
        return [f"{path} has {found} bytes, not {size_bytes}"]
    with store.open(name) as file:
        return [] if crc_of(file) == crc else [f"{path} is not what was written"]


def crc_of(file: IO[bytes]) -> int:
    """Return the checksum of a file, from where it is."""
    crc = 0
    while data := file.read(COPY_BYTES):
        crc = crc32(data, crc)
    return crc
