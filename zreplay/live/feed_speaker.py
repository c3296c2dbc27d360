"""The side of a connection that speaks: sends what its talk has to say when it is due.

Runs on the feed's event loop. What became of the subscriptions, and what the venue announced, is
put into the capture beside the messages.
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Final

import msgspec
from websockets.exceptions import ConnectionClosed

from protocol.program.diagnostics import Log
from zreplay.live.capture_records import Captured, RecordKind
from zreplay.live.feed_socket import FeedSocket
from zreplay.live.feed_status import names_text
from zreplay.live.feed_talk import FeedTalk
from zreplay.live.gap import SILENT, Gap
from zreplay.live.subscriptions import SubscriptionState

LOOK_SECONDS: Final = 1.0
LONGEST_AGE_NS: Final = (23 * 60 + 50) * 60 * 10**9
"""Venues close a connection after 24 h."""
LONGEST_STATE_NS: Final = 3_600_000_000_000
"""Of a venue that sends changes the capture is needed from the connection on; so long at most."""

log = Log("zreplay")


class FeedSpeaker:
    """Speaks on the connection of this number until that is closed.

    `replace` is called with a reason, again and again, while its end is in sight. `is_long` tells
    whether much was captured since it began.
    """

    def __init__(
        self,
        talk: FeedTalk,
        websocket: FeedSocket,
        put: Callable[[Captured], None],
        number: int,
        replace: Callable[[str], None],
        url: str = "",
        is_long: Callable[[], bool] = lambda: False,
    ) -> None:
        self.fault = ""
        """Why the connection was closed from here, empty if it was not."""
        self._talk = talk
        self._websocket = websocket
        self._put = put
        self._number = number
        self._replace = replace
        self._url = url
        self._is_long = is_long
        self._began_ns = time.monotonic_ns()
        self._spoken_to = asyncio.Event()
        self._silent: dict[str, int] = {}
        """The silent symbols, and since when: Unix ns."""
        talk.begin(time.monotonic_ns(), websocket.reading)

    def hear(self, messages: Iterable[bytes], recv_ns: int) -> None:
        """Take what came, after it was put into the capture."""
        talk, now_ns = self._talk, time.monotonic_ns()
        before = talk.unknown.total()
        for message in messages:
            talk.hear(message, now_ns, recv_ns)
        if not before and talk.unknown:
            kind = next(iter(talk.unknown))
            log.warning(
                "feed message is not a quote",
                venue=talk.venue.name,
                kind=kind,
                first=talk.first_unknown,
                expected=talk.venue.channel,
            )
        self._note(recv_ns)
        if talk.due_ns() <= now_ns or talk.closing:
            self._spoken_to.set()

    async def run(self) -> None:
        """Send, until the connection is closed or has a fault; then it is closed from here."""
        talk = self._talk
        try:
            while not (fault := talk.fault(time.monotonic_ns())):
                for message in talk.due(time.monotonic_ns()):
                    await self._websocket.send(message, text=True)
                self._note(time.time_ns())
                self._look_for_silence()
                if reason := self._end_in_sight():
                    self._replace(reason)
                wait_ns = talk.due_ns() - time.monotonic_ns()
                self._spoken_to.clear()
                try:
                    async with asyncio.timeout(max(0.0, min(wait_ns / 1e9, LOOK_SECONDS))):
                        await self._spoken_to.wait()
                except TimeoutError:
                    pass
            self.fault = fault
            await self._websocket.close()
        except ConnectionClosed:
            pass  # whoever receives tells why
        except Exception:
            self._websocket.transport.abort()  # and raises this
            raise

    def _end_in_sight(self) -> str:
        """Return why the venue will close the connection soon, empty if it will not.

        While nothing is read it is not: the next would not be read either, and what waits in this
        one be lost.
        """
        if self._talk.reading.is_held:
            return ""
        if self._talk.closing:
            return self._talk.closing
        if stale := self._talk.stale(time.monotonic_ns()):
            return stale
        age_ns = time.monotonic_ns() - self._began_ns
        if self._talk.venue.keeps_state and (age_ns >= LONGEST_STATE_NS or self._is_long()):
            return "its quotes need much of the capture"
        return "it is almost a day old" if age_ns >= LONGEST_AGE_NS else ""

    def _note(self, recv_ns: int) -> None:
        """Put into the capture what happened besides messages."""
        subscriptions = self._talk.subscriptions
        for change in subscriptions.changes:
            text = msgspec.json.encode(change._asdict())
            self._put(Captured(RecordKind.SUBSCRIPTION, recv_ns, text, self._number))
            if change.state is SubscriptionState.REFUSED:
                log.warning(
                    "subscription refused",
                    venue=self._talk.venue.name,
                    symbols=names_text(change.symbols),
                    reason=change.reason,
                )
        subscriptions.changes.clear()
        for notice in self._talk.notices:
            text = notice.text.encode()
            self._put(Captured(RecordKind.NOTICE, recv_ns, text, self._number))
            log.warning("notice of the venue", venue=self._talk.venue.name, text=notice.text)
        self._talk.notices.clear()

    def end(self) -> None:
        """Note that what was silent is so no longer: the connection is lost, which tells more."""
        self._note_silence({}, time.time_ns())

    def _look_for_silence(self) -> None:
        """Log the symbols that fell silent, once each time they do."""
        subscriptions, unix_ns = self._talk.subscriptions, time.time_ns()
        read_ns = self._talk.reading.read_ns(time.monotonic_ns())
        silent = {
            name: self._silent.get(name) or unix_ns - read_ns + subscriptions.quiet_since_ns(name)
            for name in subscriptions.silent(read_ns)
        }
        if new := sorted(silent.keys() - self._silent.keys()):
            log.warning(
                "no quotes of subscribed symbols",
                venue=self._talk.venue.name,
                symbols=names_text(new),
            )
        self._note_silence(silent, unix_ns)

    def _note_silence(self, silent: dict[str, int], unix_ns: int) -> None:
        """Put into the capture who fell silent since the last look, and who no longer is."""
        new = [name for name in silent if name not in self._silent]
        if new:  # all since the last look, so one time of it is that of all
            from_ns = min(silent[name] for name in new)
            silent |= dict.fromkeys(new, from_ns)
            self._put_gap(from_ns, None, new, unix_ns)
        over: dict[int, list[str]] = {}
        for name, from_ns in self._silent.items():
            if name not in silent:
                over.setdefault(from_ns, []).append(name)
        for from_ns, names in over.items():
            self._put_gap(from_ns, unix_ns, names, unix_ns)
        self._silent = silent

    def _put_gap(self, from_ns: int, to_ns: int | None, names: list[str], unix_ns: int) -> None:
        talk = self._talk
        tickers = tuple(talk.ticker(name) for name in names)
        gap = Gap(self._url, talk.venue.name, from_ns, to_ns, SILENT, tickers)
        self._put(Captured(RecordKind.GAP, unix_ns, gap.pack(), self._number))
