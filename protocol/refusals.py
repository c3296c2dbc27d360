"""Who connects learns that it is refused, and says so: libzmq would try for ever.

A connection whose way is lost is cut off: libzmq makes it anew.
"""

import time
from typing import Final, NamedTuple

import zmq

from protocol.connections import Connections, Cut
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
    | zmq.Event.CONNECTED
    | zmq.Event.DISCONNECTED
)
_MISMATCH: Final = int(zmq.Event.PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH)
_MOST_EVENTS: Final = 256


class _Watched(NamedTuple):
    socket: Socket
    monitor: Socket
    endpoint: str
    domain: str
    handshakes: Handshakes
    connections: Connections


class Refusals:
    """Watches the sockets of a context that connect; `check` them now and then."""

    def __init__(self, context: KeyedContext) -> None:
        self._context = context
        self._watched: list[_Watched] = []

    def watch(self, socket: Socket, endpoint: str, *, is_repeated: bool) -> None:
        """Watch a socket that is not connected yet; `is_repeated`: what is lost is sent again."""
        name = f"inproc://refusals-{id(self)}-{len(self._watched)}-{id(socket)}"
        socket.monitor(name, _WATCHED)
        domain = domain_of(socket)
        handshakes = Handshakes(has_key=self._context.guard is not None)
        monitor = monitor_pair(self._context, name)
        connections = Connections(domain, is_repeated=is_repeated)
        self._watched.append(_Watched(socket, monitor, endpoint, domain, handshakes, connections))

    @property
    def has_been_let_in(self) -> bool:
        """Whether some handshake has succeeded, as of the last check."""
        return any(each.handshakes.has_succeeded for each in self._watched)

    @property
    def sockets(self) -> tuple[Socket, ...]:
        """Those that become readable when there is something to check."""
        return tuple(each.monitor for each in self._watched)

    def check(self, *, is_last: bool = False) -> None:
        """Raise KeyRefused if a listener refuses us; `is_last` where no more is waited for.

        Sockets that are closed are forgotten.
        """
        now_ns = time.monotonic_ns()
        for each in [*self._watched]:
            if each.socket.closed:
                each.monitor.close(linger=0)
                self._watched.remove(each)
                continue
            _note(each, now_ns)
            if (why := each.handshakes.verdict(now_ns, is_last=is_last)) is not None:
                guard = self._context.guard
                raise _refusal(why, guard.key if guard else None, each.domain, each.endpoint)
            each.connections.look(now_ns)

    def take_cuts(self) -> list[Cut]:
        """Return the connections that were cut off because their way is lost, each once."""
        return [cut for each in self._watched for cut in each.connections.take_cuts()]

    def close(self) -> None:
        """Stop watching, before or after the sockets are closed; what is watched is kept."""
        for each in self._watched:
            if not each.socket.closed:
                each.socket.disable_monitor()
            each.monitor.close(linger=0)


def _note(watched: _Watched, now_ns: int) -> None:
    handshakes = watched.handshakes
    for event, value in monitor_events(watched.monitor, _MOST_EVENTS):
        match event:
            case zmq.Event.CONNECTED:
                watched.connections.opened(value, now_ns)
                handshakes.connected(now_ns)
            case zmq.Event.DISCONNECTED:
                watched.connections.closed(value, now_ns)
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
