"""What is bound where others reach it is said."""

from protocol.program.diagnostics import Log
from protocol.sockets import is_private


def warn_if_public(*endpoints: str) -> None:
    """Say that what is bound there is open to everyone who can reach it."""
    for endpoint in endpoints:
        if not is_private(endpoint):
            Log("zmq").warning("anyone who reaches this address may use it", address=endpoint)
