"""Tells the operator of peers whose program is of another version than this one."""

from typing import Final

from protocol.program.diagnostics import Log
from protocol.program_version import PROGRAM_VERSION

MOST_TOLD: Final = 64
"""A peer may name as many versions as it likes."""


class OtherVersions:
    """Says it of each peer and version once."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._told: set[tuple[str, str, str]] = set()

    def met(self, version: str, peer: str, name: str = "") -> None:
        """Compare the version that a peer has sent with our own; `name` is that of one of many."""
        if version == PROGRAM_VERSION or len(self._told) >= MOST_TOLD:
            return
        told = (version, peer, name)
        if told in self._told:
            return
        self._told.add(told)
        self._log.warning(
            "a peer is of another version; it works, but install one everywhere",
            peer=f"{peer} {name}".strip(),
            theirs=version,
            ours=PROGRAM_VERSION,
        )
