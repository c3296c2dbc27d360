"""The committed mids that a sink publishes, with what was missed, and an end."""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from protocol import receiving, sockets
from protocol.endpoints import CONTROL_ENDPOINT
from protocol.errors import LinkError, MalformedMessage
from protocol.published import END_TOPIC, PublishedEnd, unpack
from zreplay.consumer.end_watch import SILENCE_NS, EndWatch, Verdict
from zreplay.consumer.received_mids import NO_MIDS, MidsReceiver, ReceivedMids
from zreplay.consumer.stream import Stream
from zreplay.historical.ticker_choice import TickerChoice, literal_start

END_WAIT_NS: Final = 2_000_000_000
"""A sink is patient with other subscribers before it says the end to all."""
LONGEST_PAUSE_NS: Final = 60_000_000_000
"""Between two questions to a replayer that has not answered yet: each holds up what comes."""


class MidsSubscription(Stream[ReceivedMids]):
    """Iterates over the mids that `zmid sink --publish` sends; `close` it, or use it in a `with`.

    They come in record order for each ticker. One who is too slow misses some, which `missing`
    counts. It ends with the run, or when the sink is ended (`was_stopped`), and goes on over kills.
    Use it from one thread, or in one event loop.
    """

    def __init__(
        self,
        address: str,
        *,
        control: str = CONTROL_ENDPOINT,
        tickers: Sequence[str] = (),
        has_ended: Callable[[], bool] | None = None,
        key: str = "",
    ) -> None:
        """Connect; what is committed from now on comes, of these tickers or patterns.

        Raises:
            SettingsError, LinkError: an address will not do.
        """
        watch = EndWatch(time.monotonic_ns(), END_WAIT_NS)
        super().__init__(address, control, watch, has_ended or (lambda: False), key)
        self._is_all = not tickers
        self._receiver = MidsReceiver(TickerChoice(tickers, ()))
        self._committed, self._run = 0, b""
        self._has_received = False
        self._ask_ns, self._pause_ns = 0, SILENCE_NS
        prefixes = {END_TOPIC, *(literal_start(each).encode() for each in tickers or ("",))}
        self._socket = sockets.publish_sub(self._context, address, prefixes)

    def _connected(self) -> sockets.Socket:
        # A replayer says farewell to those who have asked it before. One that never answered is
        # waited for, whatever has come.
        if not self._watch.has_answered and time.monotonic_ns() >= self._ask_ns:
            self._look()
            self._ask_ns = time.monotonic_ns() + self._pause_ns
            self._pause_ns = min(2 * self._pause_ns, LONGEST_PAUSE_NS)
        return self._socket

    def _receive(self, socket: sockets.Socket) -> Iterable[ReceivedMids]:
        frames = receiving.waiting_message(socket) or []
        if len(frames) != 2:
            raise MalformedMessage(f"a message of {len(frames)} frames is none of published mids")
        if not self._has_received:  # now it is there
            self._has_received, self._ask_ns = True, 0
        message = unpack(frames[0], frames[1])
        if not isinstance(message, PublishedEnd):
            return self._receiver.received(message)
        missed = [*self._receiver.ended(message)]
        self._is_closed, self.was_stopped = self._receiver.is_over, self._receiver.was_stopped
        return missed

    def _note(self, answer: dict[str, Any]) -> None:
        self._committed, self._run = answer["committed"], bytes.fromhex(answer["run"])

    def _end(self, verdict: Verdict) -> Iterable[ReceivedMids]:
        if not self.was_stopped:
            raise LinkError(
                f"the end of what is published on {self._address} did not come: what was missed "
                "at the last is not known",
                fix="read it from the folder: zreplay.results",
                code="Z303",
            )
        if not self._is_all:
            return ()
        come = self._receiver.count if self._receiver.run == self._run else 0
        missing = self._committed - come
        return (ReceivedMids(NO_MIDS, "", missing),) if missing > 0 else ()
