"""Who connects learns that it is refused, and says so: libzmq would try for ever."""

import time
from typing import Final

import zmq

from protocol.errors import KeyRefused
from protocol.keys.guard import Guard
from protocol.keys.handshakes import Handshakes, Refused
from protocol.keys.key import Key
from protocol.keys.keyed_context import KeyedContext
from protocol.receiving import monitor_events
from protocol.shown_address import shown_address
from protocol.sockets import Socket, domain_of, monitor_pair

_WATCHED: Final = (
    zmq.Event.HANDSHAKE_SUCCEEDED
    | zmq.Event.HANDSHAKE_FAILED_AUTH
    | zmq.Event.HANDSHAKE_FAILED_PROTOCOL
    | zmq.Event.HANDSHAKE_FAILED_NO_DETAIL
)
_MISMATCH: Final = int(zmq.Event.PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH)
_MOST_EVENTS: Final = 256


class Refusals:
    """Watches the sockets of a context that connect; `check` them now and then."""

    def __init__(self, context: KeyedContext) -> None:
        self._context = context
        self._watched: list[tuple[Socket, Socket, str, str, Handshakes]] = []

    def watch(self, socket: Socket, endpoint: str) -> None:
        """Watch a socket that is not connected yet."""
        name = f"inproc://refusals-{id(self)}-{len(self._watched)}-{id(socket)}"
        socket.monitor(name, _WATCHED)
        domain = domain_of(socket)
        handshakes = Handshakes(has_key=self._context.guard is not None)
        monitor = monitor_pair(self._context, name)
        self._watched.append((socket, monitor, domain, endpoint, handshakes))

    @property
    def has_been_let_in(self) -> bool:
        """Whether some handshake has succeeded, as of the last check."""
        return any(handshakes.has_succeeded for *_, handshakes in self._watched)

    @property
    def sockets(self) -> tuple[Socket, ...]:
        """Those that become readable when there is something to check."""
        return tuple(monitor for _, monitor, *_ in self._watched)

    def check(self, *, is_last: bool = False) -> None:
        """Raise KeyRefused if a listener refuses us; `is_last` where no more is waited for.

        Sockets that are closed are forgotten.
        """
        now_ns = time.monotonic_ns()
        for entry in [*self._watched]:
            socket, monitor, domain, endpoint, handshakes = entry
            if socket.closed:
                monitor.close(linger=0)
                self._watched.remove(entry)
                continue
            _note(monitor, handshakes, now_ns)
            if (why := handshakes.verdict(now_ns, is_last=is_last)) is not None:
                guard = self._context.guard
                raise _refusal(why, guard.key if guard else None, domain, endpoint)

    def close(self) -> None:
        """Stop watching, before or after the sockets are closed; what is watched is kept."""
        for socket, monitor, *_ in self._watched:
            if not socket.closed:
                socket.disable_monitor()
            monitor.close(linger=0)


def _note(monitor: Socket, handshakes: Handshakes, now_ns: int) -> None:
    for event, value in monitor_events(monitor, _MOST_EVENTS):
        match event:
            case zmq.Event.HANDSHAKE_SUCCEEDED:
                handshakes.succeeded()
            case zmq.Event.HANDSHAKE_FAILED_AUTH:
                handshakes.refused(Refused.KEY)
            case zmq.Event.HANDSHAKE_FAILED_PROTOCOL if value == _MISMATCH:
                handshakes.refused(Refused.MECHANISM)
            case zmq.Event.HANDSHAKE_FAILED_NO_DETAIL:
                handshakes.cut_off(now_ns)


def _refusal(why: Refused, key: Key | None, domain: str, endpoint: str) -> KeyRefused:
    shown = shown_address(endpoint)
    if key is None:
        return KeyRefused(
            f"{domain} at {shown} lets in only who has a key",
            fix="--key FILE; where the keys were made: zreplay keys add NAME --role ROLE",
        )
    match why:
        case Refused.KEY:
            return KeyRefused(
                f"{domain} at {shown} refuses the key {key.name!r} (role {key.role})",
                fix="see whether it is revoked or of another role: zreplay keys list",
            )
        case Refused.MECHANISM:
            return KeyRefused(
                f"{domain} at {shown} takes no keys: anyone may listen there",
                fix="start it with --key too, or this without",
            )
        case Refused.LISTENER:
            return KeyRefused(
                f"who listens for {domain} at {shown} has not the key that {key.name!r} expects",
                fix="check the address, or copy the key file anew from where it was made",
            )


def context_of(guard: Guard | None) -> KeyedContext:
    """Return a context whose sockets use the key of `guard`, and watch whether they are refused."""
    context = KeyedContext()
    context.guard = guard
    context.refusals = Refusals(context)
    return context
