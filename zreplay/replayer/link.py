"""The replayer's sockets: batches out, the sync conversation with the sink, the operator."""

import contextlib
from collections.abc import Iterator
from typing import Final

import zmq

from protocol import codec, receiving, sockets
from protocol.endpoints import is_over_tcp
from protocol.errors import MalformedMessage, OtherVersion
from protocol.keys.keyed_context import KeyedContext, guard_of
from protocol.messages import Message
from protocol.peers import PeerCount
from protocol.program.cut_connections import CutConnections
from protocol.program.diagnostics import Log, RateLimit
from protocol.program.listeners import Listeners
from protocol.sending import send_frame
from zreplay.replayer.broadcast import Broadcast
from zreplay.settings import ReplaySettings

UNACKNOWLEDGED_LINGER_MS: Final = 5000
_MAX_SYNC_MESSAGES: Final = 256

log = Log("zreplay")


class Link:
    """PUSH to the workers, DEALER to the sink if one acknowledges, ROUTER for the operator.

    `broadcast` sends to subscribers as well, or to them alone while there is no worker and nothing
    that acknowledges. `peers` counts the connected workers, `clients` who is connected to the
    operator's socket, `listeners` watches all bound addresses.
    """

    peers: PeerCount
    clients: PeerCount
    is_narrow = False
    """Whether batches travel narrow: over tcp each byte is copied, and often encrypted."""

    def __init__(self, context: sockets.Context, settings: ReplaySettings) -> None:
        self._is_acknowledged = is_acknowledged = settings.acks == "sink"
        self.listeners = Listeners(context)
        watch, insecure = self.listeners.watch, settings.insecure
        self.push = sockets.batch_push(
            context,
            settings.bind,
            settings.pipe_batches,
            insecure,
            linger_ms=0 if is_acknowledged else UNACKNOWLEDGED_LINGER_MS,
            before_bind=self._watch_workers,
        )
        self.is_narrow = is_over_tcp(settings.bind)
        self._needs_workers = not settings.may_do_without_workers
        self.broadcast: Broadcast | None = None
        if settings.broadcast:
            self.broadcast = Broadcast(context, settings.broadcast, insecure, watch)
        self.control = sockets.control_router(
            context, settings.control, insecure, self._watch_clients
        )
        self.sync = sockets.sync_dealer(context, settings.sync) if is_acknowledged else None
        self.control_guard = guard_of(self.control, settings.control)
        self._refusals = context.refusals if isinstance(context, KeyedContext) else None
        self.malformed = 0
        self._limit = RateLimit()
        self._cut = CutConnections()

    def _watch_workers(self, push: sockets.Socket) -> None:
        self.peers = self.listeners.watch(push, is_repeated=self._is_acknowledged)

    def _watch_clients(self, control: sockets.Socket) -> None:
        self.clients = self.listeners.watch(control, is_repeated=True)

    @property
    def readable(self) -> tuple[sockets.Socket, ...]:
        """Those with something to receive, or to tell of who connects."""
        found = [self.peers.socket]
        if self.sync is not None:
            found.append(self.sync)
        if self.broadcast is not None:
            found += [self.broadcast.socket, self.broadcast.peers.socket]
        return tuple(found)

    @property
    def consumers(self) -> int:
        """Workers and subscribers, as of the last `update`."""
        return self.peers.count + self.subscribers

    @property
    def subscribers(self) -> int:
        """How many receive the broadcast, as of the last `update`."""
        return self.broadcast.subscribers if self.broadcast is not None else 0

    def update(self, now_ns: int) -> None:
        """Record who connected, subscribed and disconnected.

        Raises:
            KeyRefused: the sink does not let this replayer in.
        """
        self.listeners.update(now_ns)
        if self._refusals is not None:
            self._refusals.check()
            self._cut.say(self._refusals.take_cuts(), now_ns)
        if self.broadcast is not None:
            self.broadcast.update()

    def has_room(self) -> bool:
        """Tell whether some worker's pipe takes a batch now, or none needs to."""
        return self._is_without_workers or receiving.has_room(self.push)

    def send_batch(self, frame: bytes) -> bool:
        """Hand a batch to a worker and broadcast it; False, and neither, if there is no room."""
        if not self.resend_batch(frame) and not self._is_without_workers:
            return False
        if self.broadcast is not None:
            self.broadcast.send(frame)
        return True

    def resend_batch(self, frame: bytes) -> bool:
        """Hand a batch to a worker that was broadcast before; False if there is no room."""
        return send_frame(self.push, frame)

    def send_sync(self, message: Message) -> None:
        """Send to the sink; what does not fit is dropped, as it is sent again later."""
        if self.sync is not None:
            with contextlib.suppress(zmq.Again):
                self.sync.send(codec.encode(message), zmq.DONTWAIT)

    def received(self, now_ns: int) -> Iterator[Message]:
        """Yield the messages of the sink; a malformed one is counted and dropped.

        Raises:
            OtherVersion: the sink speaks another version of the protocol.
        """
        if self.sync is None:
            return
        for _ in range(_MAX_SYNC_MESSAGES):
            frames = receiving.waiting_message(self.sync)
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

    @property
    def _is_without_workers(self) -> bool:
        return not self._needs_workers and not self.peers.count

    def close(self) -> None:
        self.listeners.close()
        self.push.close()
        if self.broadcast is not None:
            self.broadcast.close()
        self.control.close()
        if self.sync is not None:
            self.sync.close()
