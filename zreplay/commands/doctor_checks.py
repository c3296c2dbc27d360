"""The checks of `zreplay doctor`: each looks at one thing, and says in a line how it is."""

import platform
import shutil
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import zmq

from protocol import sockets
from protocol.codec import VERSION
from protocol.compiled_parts import FIX, PARTS, in_words, lack_of
from protocol.endpoint_check import check_endpoint
from protocol.errors import LinkError, ResultLogError, SettingsError, ZreplayError
from protocol.keys.allowed import allowed_of
from protocol.keys.guard import Guard
from protocol.keys.key import Key
from protocol.keys.key_source import allowed_path, read_key, unforged_text
from protocol.keys.role import BATCHES, BROADCAST, CONTROL, PUBLISH, RESULTS, ROLES, SYNC
from protocol.program.descriptors import open_limit
from protocol.program.event_text import printable
from protocol.program_version import PROGRAM_VERSION
from protocol.refusals import context_of
from protocol.shown_address import shown_address
from protocol.sockets import Context, Socket
from zreplay.controls.control import ControlClient

LEAST_FILES: Final = 1024
LEAST_BYTES: Final = 1 << 30
MOST_APART_NS: Final = 100_000_000
LOOK_MS: Final = 50


class Check(NamedTuple):
    """What was looked at, how it is, and the exit code and the error's code if it fails."""

    name: str
    state: str
    what: str
    fix: str = ""
    exit_code: int = 0
    code: str = ""

    def line(self) -> str:
        """Return it on one line."""
        fix = f"; {self.fix}" if self.fix else ""
        return printable(f"{self.state:<8} {self.name:<10} {self.what}{fix}")


def checks_of(
    addresses: Mapping[str, str], key: str, allowed: str, out: Path, timeout_ms: int
) -> list[Check]:
    """Return all checks, those of this host first; `addresses` are by what the socket is for."""
    found = [_versions(), _compiled(), _files(), _disk(out)]
    own: Key | None = None
    try:
        own = read_key(key) if key else None
        found += _keys(own, key, allowed)
    except ZreplayError as error:
        found.append(_failed("key", error))
    for socket, address in addresses.items():
        found += _reached(socket, address, own, timeout_ms)
    return found


def _versions() -> Check:
    said = f"zreplay {PROGRAM_VERSION}, protocol {VERSION}, Python {platform.python_version()}"
    curve = "" if zmq.has("curve") else ", without CURVE: no keys"
    return Check("versions", "ok", f"{said}, libzmq {zmq.zmq_version()}{curve}")


def _compiled() -> Check:
    if lack_of(*PARTS):
        return Check("C parts", "warning", in_words(), FIX)
    return Check("C parts", "ok", in_words())


def _files() -> Check:
    limit = open_limit()
    if limit < LEAST_FILES:
        return Check("files", "warning", f"{limit} may be open", f"ulimit -n {LEAST_FILES}")
    return Check("files", "ok", f"{limit} may be open")


def _disk(out: Path) -> Check:
    folder = next(each for each in (out.absolute(), *out.absolute().parents) if each.exists())
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return _failed("disk", ResultLogError(f"cannot look at {folder}: {error.strerror}"))
    what = f"{free / 1e9:,.1f} GB are free at {folder}"
    if not free:
        return _failed("disk", ResultLogError(what, fix="make room"))
    return Check("disk", "ok" if free >= LEAST_BYTES else "warning", what)


def _keys(own: Key | None, key: str, allowed: str) -> Iterator[Check]:
    if own is None:
        yield Check("key", "ok", "none: only this machine is reached, or who takes all")
        return
    may = ", ".join(sorted(ROLES[own.role].sockets)) or "nothing"
    yield Check("key", "ok", f"{own.name}, role {own.role}, connects to {may}")
    path = Path(allowed) if allowed else allowed_path(key)
    if path is None or not (allowed or path.exists()):
        return  # who connects has no list
    try:
        listed = allowed_of(unforged_text(path), str(path))
    except SettingsError as error:
        yield _failed("allowed", error)
        return
    known = listed.by_name.get(own.name)
    revoked = sum(each.revoked for each in listed.by_name.values())
    what = f"{len(listed.by_name) - revoked} keys, and {revoked} revoked, in {path}"
    if known is None or known.public != own.public or known.revoked:
        state = "revoked" if known and known.revoked else "not known"
        yield _failed("allowed", LinkError(f"{own.name} is {state} in {path}"))
    else:
        yield Check("allowed", "ok", what)


def _reached(socket: str, address: str, own: Key | None, timeout_ms: int) -> Iterator[Check]:
    shown = shown_address(address)
    try:
        check_endpoint(address)
        if socket == CONTROL:
            yield from _asked(address, shown, own, timeout_ms)
        else:
            yield Check(socket, "ok", f"{shown} {_tried(socket, address, own, timeout_ms)}")
    except ZreplayError as error:
        yield _failed(socket, error)


def _asked(address: str, shown: str, own: Key | None, timeout_ms: int) -> Iterator[Check]:
    """Ask a replayer for its version and its clock."""
    context = context_of(Guard(own) if own else None)
    try:
        client = ControlClient(context, address, timeout_ms)
        client.ask("ping")  # the connection takes time of its own
        before_ns = time.time_ns()
        answer = client.ask("ping")
        after_ns = time.time_ns()
        status = client.ask("status")
        client.close()
    finally:
        context.destroy(linger=0)
    if not answer.get("ok"):
        raise LinkError(str(answer.get("error")), fix=str(answer.get("fix")))
    versions = _versions_of(answer, status)
    yield Check(CONTROL, "ok", f"{shown} answers, zreplay {versions['the replayer']}")
    others = [f"{peer} {each}" for peer, each in versions.items() if each != PROGRAM_VERSION]
    if others:
        what = ", ".join((f"here {PROGRAM_VERSION}", *others))
        yield Check("version", "warning", what, "install one everywhere")
    if isinstance(unix_ns := answer.get("unix_ns"), int):
        apart_ns, unsure_ns = unix_ns - (before_ns + after_ns) // 2, (after_ns - before_ns) // 2
        is_apart = abs(apart_ns) - unsure_ns > MOST_APART_NS
        what = f"there {apart_ns / 1e6:+.1f} ms, within {unsure_ns / 1e6:.1f} ms"
        yield Check("clock", "warning" if is_apart else "ok", what, "use NTP" if is_apart else "")


def _versions_of(answer: Mapping[str, Any], status: Mapping[str, Any]) -> dict[str, str]:
    """Return the version of the replayer, and of who works for it; a name says who it is."""
    found = {"the replayer": str(answer.get("version", "unknown"))}
    if version := status.get("sink", {}).get("version"):
        found["the sink"] = str(version)
    for row in status.get("workers", ()):
        found[f"worker {row.get('worker')}"] = str(row.get("version", "unknown"))
    return found


def _tried(socket: str, address: str, own: Key | None, timeout_ms: int) -> str:
    """Connect, and say how far that went; nothing is sent.

    Raises:
        LinkError: nothing listens there, or it does not let us in.
    """
    context = context_of(Guard(own) if own else None)
    try:
        if socket == BATCHES:  # a socket that takes part would be given batches
            return _knocked(address, timeout_ms)
        connector = _CONNECTORS[socket](context, address)
        assert context.refusals is not None
        give_up_ns = time.monotonic_ns() + timeout_ms * 1_000_000
        while time.monotonic_ns() < give_up_ns:
            context.refusals.sockets[0].poll(LOOK_MS)
            context.refusals.check()
            if context.refusals.has_been_let_in:
                connector.close()
                return "lets us in"
        context.refusals.check(is_last=True)
    finally:
        context.destroy(linger=0)
    raise LinkError(f"nothing answers at {shown_address(address)} as ZeroMQ does")


def _knocked(address: str, timeout_ms: int) -> str:
    import socket as plain

    scheme, _, rest = address.partition("://")
    try:
        if scheme == "ipc":
            with plain.socket(plain.AF_UNIX) as connection:
                connection.settimeout(timeout_ms / 1000)
                connection.connect(rest)
        else:
            found = urlsplit(f"//{rest}")
            with plain.create_connection((found.hostname, found.port), timeout_ms / 1000):
                pass
    except (OSError, ValueError) as error:
        raise LinkError(f"nothing listens at {shown_address(address)}: {error}") from error
    return "is listened on"


def _publish(context: Context, address: str) -> Socket:
    return sockets.publish_sub(context, address, ())


_CONNECTORS: Final = {
    RESULTS: sockets.result_push,
    SYNC: sockets.sync_dealer,
    BROADCAST: sockets.broadcast_sub,
    PUBLISH: _publish,
}


def _failed(name: str, error: ZreplayError) -> Check:
    return Check(name, "fails", error.what, error.fix, error.exit_code, error.code)
