"""The replayer's sockets: batches out, the sync conversation with the sink, the operator."""

import contextlib
from collections.abc import Iterator
from typing import Final

import zmq

from protocol import codec, sockets
from protocol.errors import MalformedMessage, OtherVersion
from protocol.messages import Message
from protocol.peers import PeerCount
from protocol.program.diagnostics import Log, RateLimit
from protocol.program.listeners import Listeners
from zreplay.settings import ReplaySettings

UNACKNOWLEDGED_LINGER_MS: Final = 5000
_MAX_SYNC_MESSAGES: Final = 256

log = Log("zreplay")


class Link:
    """PUSH to any worker, DEALER to the sink unless nobody acknowledges, ROUTER to who commands.

    `peers` counts who is connected to take batches, `listeners` watches over all that is bound.
    """

    peers: PeerCount

    def __init__(self, context: sockets.Context, settings: ReplaySettings) -> None:
        is_acknowledged = settings.acks == "sink"
        self.listeners = Listeners(context)
        self.push = sockets.batch_push(
            context,
            settings.bind,
            settings.pipe_batches,
            settings.insecure,
            linger_ms=0 if is_acknowledged else UNACKNOWLEDGED_LINGER_MS,
            before_bind=self._watch,
        )
        watch, insecure = self.listeners.watch, settings.insecure
        self.control = sockets.control_router(context, settings.control, insecure, watch)
        self.sync = sockets.sync_dealer(context, settings.sync) if is_acknowledged else None
        self.malformed = 0
        self._limit = RateLimit()

    def _watch(self, push: sockets.Socket) -> None:
        self.peers = self.listeners.watch(push)

    def has_room(self) -> bool:
        """Tell whether some worker's pipe takes a batch now."""
        return sockets.has_room(self.push)

    def send_batch(self, frame: bytes) -> bool:
        """Hand a batch to a worker; False if there is no room."""
        try:
            self.push.send(frame, zmq.DONTWAIT)
        except zmq.Again:
            return False
        return True

    def send_sync(self, message: Message) -> None:
        """Tell the sink; what does not fit is dropped, for it is said again."""
        if self.sync is not None:
            with contextlib.suppress(zmq.Again):
                self.sync.send(codec.encode(message), zmq.DONTWAIT)

    def received(self, now_ns: int) -> Iterator[Message]:
        """Yield what the sink said; a malformed message is counted and dropped.

        Raises:
            OtherVersion: the sink speaks another version of the protocol.
        """
        if self.sync is None:
            return
        for _ in range(_MAX_SYNC_MESSAGES):
            frames = sockets.waiting_message(self.sync)
            if frames is None:
                return
            try:
                if len(frames) != 1:
                    raise MalformedMessage(f"message had {len(frames)} frames, expected 1")
                yield codec.decode(frames[0])
            except MalformedMessage as error:
                self.malformed += 1
                held_back = self._limit.held_back(now_ns)
                if held_back is not None:
                    log.warning("message dropped", reason=error.what, held_back=held_back)
            except OtherVersion as error:
                raise error.between("the sink", "this replayer") from None

    def close(self) -> None:
        self.listeners.close()
        self.push.close()
        self.control.close()
        if self.sync is not None:
            self.sync.close()
