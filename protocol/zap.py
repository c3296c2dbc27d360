"""ZAP (RFC 27): libzmq's request before it admits a peer, and the reply. Pure.

A request is version, request id, domain, address, identity, mechanism, credentials...; an
reply is version, request id, status code, status text, user id, metadata. The domain is the
socket's (protocol/sockets.py), so that admission can differ by socket.
"""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

VERSION: Final = b"1.0"
NULL: Final = "NULL"
_ADMITTED: Final = b"200"
_REFUSED: Final = b"400"
_BROKEN: Final = b"500"
_FIXED_FRAMES: Final = 6


class Candidate(NamedTuple):
    """A peer that asks to be admitted: to which socket, from where, with which credentials."""

    domain: str
    address: str
    mechanism: str
    credentials: tuple[bytes, ...]


class ZapVerdict(NamedTuple):
    """Whether a peer is admitted, why not, and under which name its messages arrive."""

    is_admitted: bool
    reason: str = ""
    user: str = ""


Judge = Callable[[Candidate], ZapVerdict]


def admit_unauthenticated(candidate: Candidate) -> ZapVerdict:
    """Admit any peer that speaks ZMTP 3 and claims nothing: who reaches the address may use it."""
    if candidate.mechanism == NULL:
        return ZapVerdict(True)
    return ZapVerdict(False, f"mechanism {candidate.mechanism} is not offered")


def answer(request: Sequence[bytes], judge: Judge) -> list[bytes]:
    """Return the frames of the reply; a malformed request is refused."""
    if len(request) < _FIXED_FRAMES or request[0] != VERSION:
        request_id = request[1] if len(request) > 1 else b""
        return [VERSION, request_id, _BROKEN, b"not a ZAP 1.0 request", b"", b""]
    domain, address, _, mechanism = (frame.decode(errors="replace") for frame in request[2:6])
    verdict = judge(Candidate(domain, address, mechanism, tuple(request[_FIXED_FRAMES:])))
    status = _ADMITTED if verdict.is_admitted else _REFUSED
    return [VERSION, request[1], status, verdict.reason.encode(), verdict.user.encode(), b""]
