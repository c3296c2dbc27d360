"""The only file that sets a ZeroMQ option: every option before bind or connect.

Never here: ZMQ_HEARTBEAT_* (libzmq 4.3.5 cuts off a healthy peer under backpressure and can
abort the process); IMMEDIATE=1 on the worker's PUSH (it drops what is queued when the sink
restarts). HWM only keeps one worker from hoarding batches; the window bounds memory.
"""

import contextlib
from collections.abc import Callable
from typing import Final

import zmq

from protocol.endpoint_check import check_bind_address, check_endpoint
from protocol.errors import LinkError, SettingsError
from protocol.limits import MAX_FRAME_BYTES
from protocol.listening import opened_listener
from protocol.shown_address import shown_address
from protocol.zap_handler import let_in

Socket = zmq.Socket[bytes]
Context = zmq.Context[Socket]
BeforeBind = Callable[[Socket], object]

TCP_BUFFER_BYTES: Final = 256 * 1024
RECONNECT_MS: Final = 50
RECONNECT_MAX_MS: Final = 1000
HANDSHAKE_MS: Final = 3000
KEEPALIVE_IDLE_SECONDS: Final = 5
KEEPALIVE_INTERVAL_SECONDS: Final = 2
KEEPALIVE_TRIES: Final = 3
"""A host that died silently is detected after 5 + 3 * 2 s, also by a socket that only receives."""
RESULT_LINGER_MS: Final = 1000
SYNC_HWM: Final = 64
RESULT_HWM: Final = 4
SINK_HWM: Final = 8
MONITOR_HWM: Final = 100_000
MAX_COMMAND_BYTES: Final = 64 * 1024

# As plain integers: flags of an enum take a microsecond to be compared.
_POLLIN: Final = int(zmq.POLLIN)
_POLLOUT: Final = int(zmq.POLLOUT)


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


def batch_pull(context: Context, endpoint: str, hwm: int = 1) -> Socket:
    """Connect a worker's PULL socket to a replayer."""
    return _connect(_socket(context, zmq.PULL, hwm, "batches"), endpoint)


def result_push(context: Context, endpoint: str) -> Socket:
    """Connect a worker's PUSH socket to the sink."""
    socket = _socket(context, zmq.PUSH, RESULT_HWM, "results")
    socket.setsockopt(zmq.LINGER, RESULT_LINGER_MS)
    return _connect(socket, endpoint)


def result_pull(
    context: Context, endpoint: str, insecure: bool, before_bind: BeforeBind = _unmonitored
) -> Socket:
    """Bind the sink's PULL socket for results."""
    socket = _socket(context, zmq.PULL, SINK_HWM, "results")
    before_bind(socket)
    return _bind(socket, endpoint, insecure, "--bind")


def sync_dealer(context: Context, endpoint: str) -> Socket:
    """Connect the replayer's side of the sync conversation."""
    return _connect(_socket(context, zmq.DEALER, SYNC_HWM, "sync"), endpoint)


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
    return _connect(socket, endpoint)


def monitor_pair(context: Context, endpoint: str) -> Socket:
    """Connect to a socket's monitor; libzmq blocks when this many events are unread."""
    socket = context.socket(zmq.PAIR)
    socket.setsockopt(zmq.RCVHWM, MONITOR_HWM)
    socket.connect(endpoint)
    return socket


def has_message(socket: Socket) -> bool:
    """Return whether a message is waiting."""
    return bool(int(socket.getsockopt(zmq.EVENTS)) & _POLLIN)


def waiting_message(socket: Socket) -> list[bytes] | None:
    """Receive the frames of a waiting message; None if there is none.

    It polls first: a receive that fails takes three times as long.
    """
    if has_message(socket):
        with contextlib.suppress(zmq.Again):
            return socket.recv_multipart(zmq.DONTWAIT)
    return None


def only_frame(socket: Socket) -> zmq.Frame | None:
    """Receive a message of one frame, uncopied; None, with all frames discarded, if it has more.

    Raises:
        zmq.Again: no message is waiting.
    """
    frame = socket.recv(zmq.DONTWAIT, copy=False)
    if not frame.more:
        return frame
    while frame.more:
        frame = socket.recv(zmq.DONTWAIT, copy=False)
    return None


def has_room(socket: Socket) -> bool:
    """Return whether some peer's pipe accepts a message now."""
    return bool(int(socket.getsockopt(zmq.EVENTS)) & _POLLOUT)


def _socket(context: Context, kind: int, hwm: int, domain: str) -> Socket:
    socket = context.socket(kind)
    socket.setsockopt(zmq.LINGER, 0)
    socket.setsockopt(zmq.SNDHWM, hwm)
    socket.setsockopt(zmq.RCVHWM, hwm)
    socket.setsockopt(zmq.MAXMSGSIZE, MAX_FRAME_BYTES)
    socket.setsockopt(zmq.RECONNECT_IVL, RECONNECT_MS)
    socket.setsockopt(zmq.RECONNECT_IVL_MAX, RECONNECT_MAX_MS)
    socket.setsockopt(zmq.HANDSHAKE_IVL, HANDSHAKE_MS)
    # A domain here makes libzmq refuse peers older than ZMTP 3.
    socket.setsockopt(zmq.ZAP_DOMAIN, domain.encode())
    socket.setsockopt(zmq.TCP_KEEPALIVE, 1)
    socket.setsockopt(zmq.TCP_KEEPALIVE_IDLE, KEEPALIVE_IDLE_SECONDS)
    socket.setsockopt(zmq.TCP_KEEPALIVE_INTVL, KEEPALIVE_INTERVAL_SECONDS)
    socket.setsockopt(zmq.TCP_KEEPALIVE_CNT, KEEPALIVE_TRIES)
    if kind in (zmq.PUSH, zmq.PULL):
        socket.setsockopt(zmq.SNDBUF, TCP_BUFFER_BYTES)
        socket.setsockopt(zmq.RCVBUF, TCP_BUFFER_BYTES)
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


def _bind(socket: Socket, endpoint: str, insecure: bool, option: str) -> Socket:
    try:
        check_endpoint(endpoint)
        check_bind_address(endpoint, insecure)
        let_in(socket.context)
        socket.setsockopt(zmq.ZAP_ENFORCE_DOMAIN, 1)
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


def _connect(socket: Socket, endpoint: str) -> Socket:
    try:
        check_endpoint(endpoint)
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
