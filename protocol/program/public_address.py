"""What is bound where others reach it is said."""

from protocol.program.diagnostics import Log
from protocol.shown_address import shown_address
from protocol.sockets import is_private


def warn_if_public(*endpoints: str) -> None:
    """Say that what is bound there is open to everyone who can reach it."""
    for shown in [shown_address(each) for each in endpoints if not is_private(each)]:
        Log("zmq").warning("anyone who reaches this address may use it", address=shown)
