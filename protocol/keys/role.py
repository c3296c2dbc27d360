"""The roles of keys: to which sockets one may connect, and what it may ask there. Pure.

A socket is named by its ZAP domain (protocol/sockets.py). Who listens on batches, broadcast and
control is the replayer, on results, sync and publish the sink.
"""

from typing import Final, NamedTuple

REPLAYER: Final = "replayer"
SINK: Final = "sink"
LISTENERS: Final = (REPLAYER, SINK)
"""Each folder has one key of each of them: whoever connects expects it."""

BATCHES: Final = "batches"
BROADCAST: Final = "broadcast"
CONTROL: Final = "control"
RESULTS: Final = "results"
SYNC: Final = "sync"
PUBLISH: Final = "publish"
SOCKETS: Final = (BATCHES, BROADCAST, CONTROL, RESULTS, SYNC, PUBLISH)
_OF_THE_SINK: Final = (RESULTS, SYNC, PUBLISH)


class Role(NamedTuple):
    """What a key of this role is for; `changes` says whether it may use every control verb."""

    what: str
    sockets: frozenset[str]
    changes: bool = False


ROLES: Final[dict[str, Role]] = {
    REPLAYER: Role("listens as the replayer, connects to sync", frozenset({SYNC})),
    SINK: Role("listens as the sink, connects to nothing", frozenset()),
    "worker": Role("takes batches, gives results", frozenset({BATCHES, RESULTS})),
    "consumer": Role(
        "takes batches, broadcast and published mids, asks for the status",
        frozenset({BATCHES, BROADCAST, PUBLISH, CONTROL}),
    ),
    "read": Role("asks for the status and changes nothing", frozenset({CONTROL})),
    "control": Role("uses every verb of `zreplay ctl`", frozenset({CONTROL}), changes=True),
}


def listener_of(socket: str) -> str:
    """Return the role of who listens on a socket."""
    return SINK if socket in _OF_THE_SINK else REPLAYER
