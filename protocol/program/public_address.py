"""A warning for an address that others can reach."""

from protocol.endpoint_check import is_private
from protocol.program.diagnostics import Log
from protocol.shown_address import shown_address


def warn_if_public(*endpoints: str) -> None:
    """Warn that what is bound there is open to anyone who can reach it."""
    for shown in [shown_address(each) for each in endpoints if not is_private(each)]:
        Log("zmq").warning("anyone who reaches this address may use it", address=shown)
