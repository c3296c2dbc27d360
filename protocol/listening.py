"""A TCP listener that we open ourselves, for libzmq to accept on.

To open one itself, libzmq lists the machine's interfaces, and aborts the process if no
descriptor is left to do so. Strangers who take the last one could thus end it.
"""

import contextlib
import ipaddress
import socket
from collections.abc import Iterator
from typing import Final

BACKLOG: Final = 100
"""Who waits to be accepted; the default of libzmq."""


@contextlib.contextmanager
def opened_listener(endpoint: str, buffer_bytes: int = 0) -> Iterator[int | None]:
    """Open a listener on an endpoint, and yield its descriptor.

    None where the address is not tcp:// with an IPv4 address in figures: an interface's or a
    host's name is left to libzmq. It is closed again if the body of the `with` fails.

    Raises:
        OSError: it cannot be opened, or the address is taken.
    """
    scheme, _, rest = endpoint.partition("://")
    host, _, port = rest.rpartition(":")
    if scheme != "tcp" or not _is_ipv4(host):
        yield None
        return
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if buffer_bytes:  # the kernel tells the other side at the connection, so it comes first
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, buffer_bytes)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer_bytes)
        listener.bind((host, 0 if port == "*" else int(port)))
        listener.listen(BACKLOG)
        yield listener.fileno()
        listener.detach()


def _is_ipv4(host: str) -> bool:
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        return False
    return True
