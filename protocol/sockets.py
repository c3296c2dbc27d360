"""The only file that sets a ZeroMQ option: every option before bind or connect.

Never here: ZMQ_HEARTBEAT_* (libzmq 4.3.5 cuts off a healthy peer under backpressure and can
abort the process); IMMEDIATE=1 on the worker's PUSH (it drops what is queued when the sink
restarts). HWM only keeps one worker from hoarding batches; the window bounds memory.
"""

from collections.abc import Callable, Iterable
from typing import Final

import zmq

from protocol import zap
from protocol.endpoint_check import check_bind_address, check_endpoint
from protocol.endpoints import BROADCAST_HWM, PUBLISH_HWM
from protocol.errors import LinkError, SettingsError
from protocol.keys.key import Key
from protocol.keys.keyed_context import KeyedContext, guard_of
from protocol.limits import MAX_FRAME_BYTES
from protocol.listening import opened_listener
from protocol.shown_address import shown_address
from protocol.zap_handler import let_in

Socket = zmq.Socket[bytes]
Context = zmq.Context[Socket]
BeforeBind = Callable[[Socket], object]

TCP_BUFFER_BYTES: Final = 256 * 1024
RECONNECT_MS: Final = 5
"""Doubled each time: at the start of a run a peer listens a moment later."""
RECONNECT_MAX_MS: Final = 500
CONNECT_MS: Final = 1500
"""The kernel would ask after 1, 3, 7 s; given up and begun anew, it asks each second at least."""
HANDSHAKE_MS: Final = 3000
KEEPALIVE_IDLE_SECONDS: Final = 1
KEEPALIVE_INTERVAL_SECONDS: Final = 1
KEEPALIVE_TRIES: Final = 10
"""A host that died silently is detected after 1 + 10 s, also by a socket that only receives.

What is asked each second and not answered is seen earlier, and what may be is cut off: `LostPath`.
"""
RESULT_LINGER_MS: Final = 1000
SYNC_HWM: Final = 64
RESULT_HWM: Final = 4
SINK_HWM: Final = 8
MONITOR_HWM: Final = 100_000
MAX_COMMAND_BYTES: Final = 64 * 1024
MAX_SUBSCRIPTION_BYTES: Final = 1024
CURVE_BYTES: Final = 64
"""More than a message grows by when it is encrypted."""


def _unmonitored(socket: Socket) -> None:
    pass


def batch_push(
    context: Context,
    endpoint: str,
    hwm: int,
    insecure: bool,
    linger_ms: int = 0,
    before_bind: BeforeBind = _unmonitored,
) -> Socket:
    """Bind the replayer's PUSH socket, from which any PULL takes batches.

    What is unacknowledged at the end is resent by the next replayer; lingering makes sense only
    where nothing acknowledges. A monitor is attached in `before_bind`.
    """
    socket = _socket(context, zmq.PUSH, hwm, "batches")
    socket.setsockopt(zmq.LINGER, linger_ms)
    before_bind(socket)
    return _bind(socket, endpoint, insecure, "--bind")


def batch_pull(
    context: Context, endpoint: str, hwm: int = 1, *, is_repeated: bool = False
) -> Socket:
    """Connect a PULL socket to a replayer, a worker's if what is lost on the way is sent again."""
    return _connect(_socket(context, zmq.PULL, hwm, "batches"), endpoint, is_repeated=is_repeated)


def broadcast_xpub(
    context: Context,
    endpoint: str,
    insecure: bool,
    linger_ms: int = 0,
    before_bind: BeforeBind = _unmonitored,
) -> Socket:
    """Bind the replayer's XPUB socket: each subscriber gets all batches that its pipe takes.

    It receives each subscription and its end, also of a peer that is lost.
    """
    socket = _xpub(context, BROADCAST_HWM, "broadcast", linger_ms, before_bind)
    return _bind(socket, endpoint, insecure, "--broadcast")


def broadcast_sub(context: Context, endpoint: str) -> Socket:
    """Connect to a broadcast, and subscribe to all of it."""
    return _connect(_sub(context, BROADCAST_HWM, "broadcast", (b"",)), endpoint)


def publish_xpub(
    context: Context,
    endpoint: str,
    insecure: bool,
    linger_ms: int,
    before_bind: BeforeBind = _unmonitored,
) -> Socket:
    """Bind the sink's XPUB socket of what is committed; as `broadcast_xpub`, with topics."""
    socket = _xpub(context, PUBLISH_HWM, "publish", linger_ms, before_bind)
    return _bind(socket, endpoint, insecure, "--publish")


def publish_sub(context: Context, endpoint: str, prefixes: Iterable[bytes]) -> Socket:
    """Connect to what a sink publishes, and subscribe to the topics that begin so."""
    return _connect(_sub(context, PUBLISH_HWM, "publish", prefixes), endpoint)


def refuse_if_full(socket: Socket, is_on: bool) -> None:
    """Choose what an XPUB does when a subscriber has no room: refuse to send, or send the others.

    Refused, the message has gone to none of them.
    """
    socket.setsockopt(zmq.XPUB_NODROP, int(is_on))


def result_push(context: Context, endpoint: str) -> Socket:
    """Connect a worker's PUSH socket to the sink."""
    socket = _socket(context, zmq.PUSH, RESULT_HWM, "results")
    socket.setsockopt(zmq.LINGER, RESULT_LINGER_MS)
    return _connect(socket, endpoint, is_repeated=True)


def result_pull(
    context: Context, endpoint: str, insecure: bool, before_bind: BeforeBind = _unmonitored
) -> Socket:
    """Bind the sink's PULL socket for results."""
    socket = _socket(context, zmq.PULL, SINK_HWM, "results")
    before_bind(socket)
    return _bind(socket, endpoint, insecure, "--bind")


def sync_dealer(context: Context, endpoint: str) -> Socket:
    """Connect the replayer's side of the sync conversation."""
    return _connect(_socket(context, zmq.DEALER, SYNC_HWM, "sync"), endpoint, is_repeated=True)


def sync_router(
    context: Context, endpoint: str, insecure: bool, before_bind: BeforeBind = _unmonitored
) -> Socket:
    """Bind the sink's side of the sync conversation."""
    socket = _socket(context, zmq.ROUTER, SYNC_HWM, "sync")
    before_bind(socket)
    return _bind(socket, endpoint, insecure, "--sync")


def control_router(
    context: Context, endpoint: str, insecure: bool, before_bind: BeforeBind = _unmonitored
) -> Socket:
    """Bind the control socket; every REQ that asks is answered, in any order."""
    socket = _socket(context, zmq.ROUTER, SYNC_HWM, "control")
    socket.setsockopt(zmq.MAXMSGSIZE, MAX_COMMAND_BYTES)
    before_bind(socket)
    return _bind(socket, endpoint, insecure, "--control")


def control_req(context: Context, endpoint: str) -> Socket:
    """Connect to a control socket; a question may be dropped and asked again."""
    socket = _socket(context, zmq.REQ, SYNC_HWM, "control")
    socket.setsockopt(zmq.REQ_RELAXED, 1)
    socket.setsockopt(zmq.REQ_CORRELATE, 1)
    return _connect(socket, endpoint, is_repeated=True)


def monitor_pair(context: Context, endpoint: str) -> Socket:
    """Connect to a socket's monitor; libzmq blocks when this many events are unread."""
    socket = context.socket(zmq.PAIR)
    socket.setsockopt(zmq.RCVHWM, MONITOR_HWM)
    socket.connect(endpoint)
    return socket


def _socket(context: Context, kind: int, hwm: int, domain: str) -> Socket:
    socket = context.socket(kind)
    socket.setsockopt(zmq.LINGER, 0)
    socket.setsockopt(zmq.SNDHWM, hwm)
    socket.setsockopt(zmq.RCVHWM, hwm)
    socket.setsockopt(zmq.MAXMSGSIZE, MAX_FRAME_BYTES)
    socket.setsockopt(zmq.RECONNECT_IVL, RECONNECT_MS)
    socket.setsockopt(zmq.RECONNECT_IVL_MAX, RECONNECT_MAX_MS)
    socket.setsockopt(zmq.CONNECT_TIMEOUT, CONNECT_MS)
    socket.setsockopt(zmq.HANDSHAKE_IVL, HANDSHAKE_MS)
    # A domain here makes libzmq refuse peers older than ZMTP 3.
    socket.setsockopt(zmq.ZAP_DOMAIN, domain.encode())
    socket.setsockopt(zmq.TCP_KEEPALIVE, 1)
    socket.setsockopt(zmq.TCP_KEEPALIVE_IDLE, KEEPALIVE_IDLE_SECONDS)
    socket.setsockopt(zmq.TCP_KEEPALIVE_INTVL, KEEPALIVE_INTERVAL_SECONDS)
    socket.setsockopt(zmq.TCP_KEEPALIVE_CNT, KEEPALIVE_TRIES)
    if kind in (zmq.PUSH, zmq.PULL, zmq.XPUB, zmq.SUB):
        socket.setsockopt(zmq.SNDBUF, TCP_BUFFER_BYTES)
        socket.setsockopt(zmq.RCVBUF, TCP_BUFFER_BYTES)
    return socket


def _xpub(
    context: Context, hwm: int, domain: str, linger_ms: int, before_bind: BeforeBind
) -> Socket:
    socket = _socket(context, zmq.XPUB, hwm, domain)
    socket.setsockopt(zmq.MAXMSGSIZE, MAX_SUBSCRIPTION_BYTES)
    socket.setsockopt(zmq.LINGER, linger_ms)
    socket.setsockopt(zmq.XPUB_VERBOSER, 1)
    before_bind(socket)
    return socket


def _sub(context: Context, hwm: int, domain: str, prefixes: Iterable[bytes]) -> Socket:
    socket = _socket(context, zmq.SUB, hwm, domain)
    for prefix in prefixes:
        socket.setsockopt(zmq.SUBSCRIBE, prefix)
    return socket


def listen(socket: Socket, endpoint: str) -> None:
    """Bind a socket, also one that was unbound; raise ZMQError if that fails."""
    try:
        with opened_listener(endpoint, max(0, int(socket.getsockopt(zmq.SNDBUF)))) as descriptor:
            if descriptor is not None:
                socket.setsockopt(zmq.USE_FD, descriptor)
            socket.bind(endpoint)
    except OSError as error:
        raise zmq.ZMQError(error.errno) from error


def domain_of(socket: Socket) -> str:
    """Return what a socket is for, as roles call it (protocol/keys/role.py)."""
    return bytes(socket.getsockopt(zmq.ZAP_DOMAIN)).rstrip(b"\0").decode()


def _use_key(socket: Socket, key: Key) -> None:
    socket.setsockopt(zmq.CURVE_PUBLICKEY, key.public.encode())
    socket.setsockopt(zmq.CURVE_SECRETKEY, key.secret.encode())
    most = int(socket.getsockopt(zmq.MAXMSGSIZE))
    socket.setsockopt(zmq.MAXMSGSIZE, most + CURVE_BYTES)


def _bind(socket: Socket, endpoint: str, insecure: bool, option: str) -> Socket:
    try:
        check_endpoint(endpoint)
        guard = guard_of(socket, endpoint)
        check_bind_address(endpoint, insecure or guard is not None)
        keyed = isinstance(socket.context, KeyedContext) and socket.context.guard
        let_in(socket.context, keyed.admit if keyed else zap.admit_unauthenticated)
        socket.setsockopt(zmq.ZAP_ENFORCE_DOMAIN, 1)
        if guard is not None:
            _use_key(socket, guard.key)
            socket.setsockopt(zmq.CURVE_SERVER, 1)
        listen(socket, endpoint)
    except zmq.ZMQError as error:
        socket.close()
        raise LinkError(
            f"cannot listen on {shown_address(endpoint)}: {error.strerror}",
            fix=f"stop what listens there, or choose another address: {option} ADDRESS",
            code="Z301",
        ) from error
    except (SettingsError, LinkError):
        socket.close()
        raise
    return socket


def _connect(socket: Socket, endpoint: str, *, is_repeated: bool = False) -> Socket:
    try:
        check_endpoint(endpoint)
        if (guard := guard_of(socket, endpoint)) is not None:
            _use_key(socket, guard.key)
            expected = guard.key.expected(domain_of(socket))
            socket.setsockopt(zmq.CURVE_SERVERKEY, expected.encode())
        if isinstance(socket.context, KeyedContext) and socket.context.refusals is not None:
            socket.context.refusals.watch(socket, endpoint, is_repeated=is_repeated)
        socket.connect(endpoint)
    except zmq.ZMQError as error:
        socket.close()
        raise LinkError(
            f"cannot connect to {shown_address(endpoint)}: {error.strerror}", code="Z302"
        ) from error
    except SettingsError:
        socket.close()
        raise
    return socket
