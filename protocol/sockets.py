"""The only file that sets a ZeroMQ option: every option before bind or connect.

Never here: ZMQ_HEARTBEAT_* (libzmq 4.3.5 cuts off a healthy peer under backpressure and can
abort the process); IMMEDIATE=1 on the worker's PUSH (it drops what is queued when the sink
restarts). HWM only keeps one worker from hoarding batches; the window bounds memory.
"""

import contextlib
import ipaddress
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Final

import zmq

from protocol.errors import LinkError, SettingsError
from protocol.json_text import utf8_text
from protocol.limits import MAX_FRAME_BYTES
from protocol.program.diagnostics import Log
from protocol.whole_number import whole_number
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
"""A host that died without a word is found after 5 + 3 * 2 s, also by who only receives."""
RESULT_LINGER_MS: Final = 1000
SYNC_HWM: Final = 64
RESULT_HWM: Final = 4
SINK_HWM: Final = 8
MONITOR_HWM: Final = 100_000
MAX_COMMAND_BYTES: Final = 64 * 1024
MAX_IPC_PATH_BYTES: Final = 100
MAX_PORT: Final = 65_535

# As plain integers: flags of an enum take a microsecond to be compared.
_POLLIN: Final = int(zmq.POLLIN)
_POLLOUT: Final = int(zmq.POLLOUT)


def _nobody_watches(socket: Socket) -> None:
    pass


def batch_push(
    context: Context,
    endpoint: str,
    hwm: int,
    insecure: bool,
    linger_ms: int = 0,
    before_bind: BeforeBind = _nobody_watches,
) -> Socket:
    """Bind the replayer's PUSH socket, from which any PULL takes batches.

    What is unacknowledged at the end is sent again by the next replayer; only where nobody
    acknowledges is there a reason to linger. Who watches the socket does so `before_bind`.
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
    context: Context, endpoint: str, insecure: bool, before_bind: BeforeBind = _nobody_watches
) -> Socket:
    """Bind the sink's PULL socket for results."""
    socket = _socket(context, zmq.PULL, SINK_HWM, "results")
    before_bind(socket)
    return _bind(socket, endpoint, insecure, "--bind")


def sync_dealer(context: Context, endpoint: str) -> Socket:
    """Connect the replayer's side of the sync conversation."""
    return _connect(_socket(context, zmq.DEALER, SYNC_HWM, "sync"), endpoint)


def sync_router(
    context: Context, endpoint: str, insecure: bool, before_bind: BeforeBind = _nobody_watches
) -> Socket:
    """Bind the sink's side of the sync conversation."""
    socket = _socket(context, zmq.ROUTER, SYNC_HWM, "sync")
    before_bind(socket)
    return _bind(socket, endpoint, insecure, "--sync")


def control_router(
    context: Context, endpoint: str, insecure: bool, before_bind: BeforeBind = _nobody_watches
) -> Socket:
    """Bind the control socket; whoever asks on a REQ is answered, in any order."""
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
    """Connect to what a monitored socket says; it waits where so much is not read."""
    socket = context.socket(zmq.PAIR)
    socket.setsockopt(zmq.RCVHWM, MONITOR_HWM)
    socket.connect(endpoint)
    return socket


def has_message(socket: Socket) -> bool:
    """Tell whether a message waits."""
    return bool(int(socket.getsockopt(zmq.EVENTS)) & _POLLIN)


def waiting_message(socket: Socket) -> list[bytes] | None:
    """Take the frames of a message that waits; None if none does.

    It is asked first: to try and be refused takes three times as long.
    """
    if has_message(socket):
        with contextlib.suppress(zmq.Again):
            return socket.recv_multipart(zmq.DONTWAIT)
    return None


def only_frame(socket: Socket) -> zmq.Frame | None:
    """Take the one frame of a message, uncopied; None, and all of them gone, if it has more.

    Raises:
        zmq.Again: no message waits.
    """
    frame = socket.recv(zmq.DONTWAIT, copy=False)
    if not frame.more:
        return frame
    while frame.more:
        frame = socket.recv(zmq.DONTWAIT, copy=False)
    return None


def has_room(socket: Socket) -> bool:
    """Tell whether some peer's pipe takes a message now."""
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
    # A name here is what makes libzmq refuse peers that are older than ZMTP 3.
    socket.setsockopt(zmq.ZAP_DOMAIN, domain.encode())
    socket.setsockopt(zmq.TCP_KEEPALIVE, 1)
    socket.setsockopt(zmq.TCP_KEEPALIVE_IDLE, KEEPALIVE_IDLE_SECONDS)
    socket.setsockopt(zmq.TCP_KEEPALIVE_INTVL, KEEPALIVE_INTERVAL_SECONDS)
    socket.setsockopt(zmq.TCP_KEEPALIVE_CNT, KEEPALIVE_TRIES)
    if kind in (zmq.PUSH, zmq.PULL):
        socket.setsockopt(zmq.SNDBUF, TCP_BUFFER_BYTES)
        socket.setsockopt(zmq.RCVBUF, TCP_BUFFER_BYTES)
    return socket


def _bind(socket: Socket, endpoint: str, insecure: bool, option: str) -> Socket:
    try:
        check_endpoint(endpoint)
        check_bind_address(endpoint, insecure)
        let_in(socket.context)
        socket.setsockopt(zmq.ZAP_ENFORCE_DOMAIN, 1)
        socket.bind(endpoint)
    except zmq.ZMQError as error:
        socket.close()
        raise LinkError(
            f"cannot listen on {endpoint}: {error.strerror}",
            fix=f"end what listens there, or choose another address: {option} ADDRESS",
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
        raise LinkError(f"cannot connect to {endpoint}: {error.strerror}", code="Z302") from error
    except SettingsError:
        socket.close()
        raise
    return socket


def check_endpoint(endpoint: str) -> None:
    """Raise SettingsError unless this is an address of the form tcp:// or ipc://."""
    scheme, _, rest = endpoint.partition("://")
    if scheme not in ("tcp", "ipc") or not rest:
        raise SettingsError(
            f"address was {endpoint!r}, which is neither tcp:// nor ipc://",
            fix="write it as tcp://127.0.0.1:5555 or ipc:///run/zreplay/batches",
            code="Z206",
        )
    if utf8_text(rest) != rest:
        raise SettingsError(
            f"address was {endpoint!r}, which is no UTF-8",
            fix="choose another folder",
            code="Z206",
        )
    host, _, port = rest.rpartition(":")
    if scheme == "tcp" and not (host and (port == "*" or _is_port(port))):
        raise SettingsError(
            f"address was {endpoint!r}, expected a host and a port up to {MAX_PORT}",
            fix="write it as tcp://127.0.0.1:5555",
            code="Z206",
        )
    if scheme == "ipc" and len(os.fsencode(rest)) > MAX_IPC_PATH_BYTES:
        raise SettingsError(
            f"ipc path is longer than {MAX_IPC_PATH_BYTES} bytes: {rest}",
            fix="choose a shorter folder",
            code="Z206",
        )


def check_bind_address(endpoint: str, insecure: bool) -> None:
    """Raise SettingsError where others could reach the address unasked."""
    if insecure or is_private(endpoint):
        return
    raise SettingsError(
        f"{endpoint} can be reached by others, and nothing is authenticated",
        fix="bind tcp://127.0.0.1:PORT or ipc:// in a folder of mode 0700, or --insecure",
        code="Z207",
    )


def warn_if_public(*endpoints: str) -> None:
    """Say that what is bound there is open to everyone who can reach it."""
    for endpoint in endpoints:
        if not is_private(endpoint):
            Log("zmq").warning("anyone who reaches this address may use it", address=endpoint)


def is_private(endpoint: str) -> bool:
    """Tell whether only this user (ipc) or this machine (tcp) can reach the address."""
    scheme, _, rest = endpoint.partition("://")
    if scheme == "ipc":
        if rest.startswith("@"):  # the abstract namespace has no permissions
            return False
        folder = Path(rest).parent
        try:
            mode = stat.S_IMODE(folder.stat().st_mode)
        except OSError as error:
            raise LinkError(
                f"cannot listen on {endpoint}: {error.strerror}",
                fix=f"make the folder {folder} with mode 0700",
                code="Z301",
            ) from error
        return mode & 0o077 == 0
    host = rest.rpartition(":")[0].strip("[]")
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_port(text: str) -> bool:
    return whole_number(text, MAX_PORT) is not None
