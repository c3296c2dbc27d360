"""The quotes of a replayer, batch by batch."""

import time
from collections.abc import Callable, Iterable
from typing import Any

from protocol import codec, receiving, sockets
from protocol.endpoints import CONTROL_ENDPOINT, DATA_ENDPOINT
from protocol.errors import MalformedMessage, SettingsError
from protocol.messages import Batch
from protocol.shown_address import shown_address
from zreplay.consumer.end_watch import EndWatch, Verdict
from zreplay.consumer.received import Received, Receiver
from zreplay.consumer.stream import Stream


class Subscription(Stream[Received]):
    """Iterates over what a replayer sends to this consumer; `close` it, or use it in a `with`.

    Several consumers of one replayer share its quotes: each gets some of the batches. Those of a
    broadcast get all, but one that is too slow misses some: `missing` counts them, and a batch
    without quotes those at the end. Use it from one thread, or in one event loop.
    """

    def __init__(
        self,
        address: str = DATA_ENDPOINT,
        *,
        control: str = CONTROL_ENDPOINT,
        broadcast: bool = False,
        has_ended: Callable[[], bool] | None = None,
        key: str = "",
    ) -> None:
        """`broadcast` says that the address is that of `serve --broadcast`.

        Raises:
            SettingsError, LinkError: an address will not do.
        """
        watch = EndWatch(time.monotonic_ns())
        super().__init__(address, control, watch, has_ended or (lambda: False), key)
        self._is_broadcast = broadcast
        self._run = b""
        self._socket: sockets.Socket | None = None
        self._receiver = Receiver()

    def _receive(self, socket: sockets.Socket) -> Iterable[Received]:
        frame = receiving.only_frame(socket)
        if frame is None:
            raise MalformedMessage("a message of several frames is no batch")
        batch = codec.decode(frame.buffer)
        if not isinstance(batch, Batch):
            raise MalformedMessage(f"a {type(batch).__name__} came where batches do")
        return (self._receiver.received(batch),)

    def _connected(self) -> sockets.Socket | None:
        """Return the socket of the quotes, None until the replayer says that they are ours.

        Raises:
            SettingsError: the replayer has a sink, from which a consumer would take quotes, or it
                does not broadcast.
        """
        if self._socket is not None:
            return self._socket
        answer = self._ask()
        if answer is None:
            self._is_closed = self._has_ended()
            return None
        broadcast_address = answer["broadcast"]["address"]
        self._is_broadcast |= shown_address(self._address) == broadcast_address
        check_offer(answer, self._shown, is_broadcast=self._is_broadcast)
        self._answered(answer)
        connect = sockets.broadcast_sub if self._is_broadcast else sockets.batch_pull
        self._socket = connect(self._context, self._address)
        return self._socket

    def _note(self, answer: dict[str, Any]) -> None:
        self._run = bytes.fromhex(answer["run"])

    def _end(self, verdict: Verdict) -> Iterable[Received]:
        if not self._is_broadcast:
            return ()  # what is missing has come to others
        missed = self._receiver.ended(self._run, self._watch.last_record)
        return () if missed is None else (missed,)


def check_offer(answer: dict[str, Any], shown: str, *, is_broadcast: bool) -> None:
    """Raise SettingsError if the replayer that answers so sends nothing to such a consumer."""
    address = answer["broadcast"]["address"]
    if is_broadcast and not address:
        what = f"the replayer on {shown} does not broadcast"
        fix = "serve with --broadcast tcp://..., or subscribe without broadcast"
    elif not is_broadcast and answer["acks"] != "none":
        what = f"the replayer on {shown} has a sink, and a subscription would take quotes from it"
        fix = (
            "serve with --broadcast tcp://... or --acks none, or write a worker that answers "
            "(protocol/README.md)"
        )
    else:
        return
    raise SettingsError(what, fix=fix, code="Z212")
