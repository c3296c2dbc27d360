"""What one connection to a venue says and hears. Pure: frames in, messages to be sent out.

Rule 1: nothing before the welcome of a venue that wants to be waited for; then its first message,
        then the requests, each as far from the one before as the venue's rate wants.
Rule 2: a ping is sent each interval, whatever came meanwhile; one that is not answered in time is
        a reason to reconnect.
Rule 3: while nothing is read, no answer is late and nothing falls silent; what is due is sent.
Rule 4: what is no quote and nothing else that the adapter knows is counted by its kind.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, Self

from zreplay.live.live_message import example_text
from zreplay.live.reading_clock import FOREVER_NS, ReadingClock
from zreplay.live.receipt_latency import ReceiptLatency
from zreplay.live.request_pace import RequestPace
from zreplay.live.subscriptions import Subscriptions
from zreplay.live.venue import (
    SECOND_NS,
    Acknowledged,
    Frame,
    Heartbeat,
    Notice,
    Refused,
    SomeQuotes,
    Unknown,
    Venue,
    VenueQuote,
    Welcome,
)

MAX_KINDS: Final = 32
OTHERS: Final = "others"
STALE_TIMES: Final = 4


class FeedTalk:
    """One feed of a venue, from connection to connection; times are monotonic ns.

    Those of `subscriptions` are of `reading`, the clock of the present connection. With a `pace`
    it shares the rate of its requests with other talks.
    """

    def __init__(
        self,
        venue: Venue,
        symbols: Sequence[str],
        silent_after_ns: int,
        pace: RequestPace | None = None,
    ) -> None:
        self.venue = venue
        self.reading = ReadingClock()
        self._pace = RequestPace() if pace is None else pace
        self._silent_after_ns = silent_after_ns
        self.subscriptions = Subscriptions(venue, symbols, silent_after_ns)
        self.quotes = 0
        self.quotes_here = 0
        """Of those, on the present connection."""
        self.untimed = 0
        """Quotes without a time of the venue: they have the time of receipt."""
        self.unknown: Counter[str] = Counter()
        self.first_unknown = ""
        self._last_quotes_ns = 0
        self.notices: list[Notice] = []
        """What was announced since this was last emptied."""
        self.closing = ""
        """What the venue said when it announced that it will close this connection."""
        self.receipts = ReceiptLatency()
        self._read = venue.new_reader()
        self._replies: list[bytes] = []
        self._start_ns = self._ping_ns = self._unanswered_ns = FOREVER_NS
        self._is_welcome_due = False

    def begin(self, now_ns: int, reading: ReadingClock | None = None) -> None:
        """Start over on a new connection, which has a clock of its own."""
        self.reading = ReadingClock() if reading is None else reading
        self._read = self.venue.new_reader()
        self._replies, self.closing, self.quotes_here = [], "", 0
        self._start_ns = self._ping_ns = self._unanswered_ns = FOREVER_NS
        self.subscriptions.begin()
        self._is_welcome_due = self.venue.waits_for_welcome
        if not self._is_welcome_due:
            self._start(now_ns)

    def fresh(self) -> Self:
        """Return a talk about the same, for a connection beside this one."""
        return type(self)(
            self.venue, list(self.subscriptions.last_ns), self._silent_after_ns, self._pace
        )

    def carry_on(self, earlier: Self) -> None:
        """Count on from a connection that this one replaces."""
        self.quotes += earlier.quotes
        self.untimed += earlier.untimed
        self.unknown.update(earlier.unknown)
        self.first_unknown = earlier.first_unknown or self.first_unknown

    def has_all_of(self, earlier: Self) -> bool:
        """Return whether each symbol has a quote here that has one there; one at least has."""
        ours = self.subscriptions.last_ns
        live = [name for name, at_ns in earlier.subscriptions.last_ns.items() if at_ns]
        return bool(live) and all(ours[name] for name in live)

    def hear(self, frame: Frame, now_ns: int, recv_ns: int) -> None:
        """Take a frame that came at `now_ns`, which is `recv_ns` of Unix time."""
        said = self._read(frame)
        if isinstance(said, list):
            self._on_quotes(said, now_ns, recv_ns)
        elif isinstance(said, Heartbeat):
            if said.reply:
                self._replies.append(said.reply)
            if said.is_answer:
                self._unanswered_ns = FOREVER_NS
        elif isinstance(said, Acknowledged):
            self.subscriptions.on_acknowledged(said)
        elif isinstance(said, Refused):
            if not self.subscriptions.on_refused(said):
                self.notices.append(Notice(said.reason))
        elif isinstance(said, SomeQuotes):
            self._on_quotes(said.quotes, now_ns, recv_ns)
            for bad in said.bad:
                self._on_unknown(f"{bad.column or 'quote'} {bad.reason}"[:60], frame)
        elif isinstance(said, Welcome):
            if self._is_welcome_due:
                self._is_welcome_due = False
                self._start(now_ns)
        elif isinstance(said, Notice):
            self.notices.append(said)
            if said.is_closing:
                self.closing = said.text
        elif isinstance(said, Unknown):
            self._on_unknown(said.kind, frame)

    def due(self, now_ns: int) -> Iterator[bytes]:
        """Yield what is to be sent now."""
        replies, self._replies = self._replies, []
        yield from replies
        ping = self.venue.ping
        if ping is not None and now_ns >= self._ping_ns:
            self._ping_ns = now_ns + ping.every_ns
            late_ns = self.reading.read_ns(now_ns) + ping.answer_within_ns
            self._unanswered_ns = min(self._unanswered_ns, late_ns)
            yield ping.message
        if now_ns >= self._request_ns and self._pace.take(
            now_ns, self.venue.limits.request_every_ns
        ):
            yield self.subscriptions.next_request(self.reading.read_ns(now_ns))

    def due_ns(self) -> int:
        """Return when something is to be sent, or a ping is late; FOREVER_NS if never."""
        if self._replies:
            return 0
        return min(self._request_ns, self._ping_ns, self.reading.due_ns(self._unanswered_ns))

    @property
    def _request_ns(self) -> int:
        """When the next request is due."""
        ready_ns = self.reading.due_ns(self.subscriptions.ready_ns)
        return max(self._start_ns, self._pace.next_ns, ready_ns)

    def fault(self, now_ns: int) -> str:
        """Return why the connection must be made anew, empty if it need not."""
        ping = self.venue.ping
        if ping is None or self.reading.read_ns(now_ns) < self._unanswered_ns:
            return ""
        return f"{self.venue.name} did not answer a ping in {ping.answer_within_ns / SECOND_NS:g} s"

    @property
    def tickers(self) -> list[str]:
        """What it asks for and was not refused, by the names that they have in quotes."""
        return [self.ticker(name) for name in self.subscriptions.asked_for]

    def ticker(self, symbol: str) -> str:
        return f"{symbol}@{self.venue.market}"

    def stale(self, now_ns: int) -> str:
        """Return why the connection may be dead though it answers, empty if it is not stale.

        That is one that had quotes, and then none of any symbol for some times as long as makes
        a symbol silent. One that never had any is not: the next would have none either.
        """
        quiet_ns = self.reading.read_ns(now_ns) - self._last_quotes_ns
        limit_ns = STALE_TIMES * self._silent_after_ns
        if not limit_ns or not self.quotes_here or quiet_ns < limit_ns:
            return ""
        return f"no quotes for {limit_ns / SECOND_NS:g} s"

    @property
    def not_quotes(self) -> str:
        """Say that nothing that came was a quote; empty if something was, or nothing came."""
        count = self.unknown.total()
        if self.quotes or not count:
            return ""
        return (
            f"{count} of {count} messages of {self.venue.name} are not quotes; the first: "
            f"{self.first_unknown}; expected {self.venue.channel}"
        )

    def _start(self, now_ns: int) -> None:
        if self.venue.first_message:
            self._replies.append(self.venue.first_message)
        self._start_ns = now_ns
        if self.venue.ping is not None:
            self._ping_ns = now_ns + self.venue.ping.every_ns

    def _on_quotes(self, quotes: list[VenueQuote], now_ns: int, recv_ns: int) -> None:
        self.quotes += len(quotes)
        self.quotes_here += len(quotes)
        self._last_quotes_ns = read_ns = self.reading.read_ns(now_ns)
        last_ns, latencies_ns = self.subscriptions.last_ns, self.receipts.last_ns
        refused = self.subscriptions.refused
        for quote in quotes:
            if quote.symbol in last_ns:
                last_ns[quote.symbol] = read_ns
                if refused:
                    refused.pop(quote.symbol, None)  # as it was not, whatever was said
            if quote.timestamp_ns is None:
                self.untimed += 1
            else:
                latencies_ns.append(recv_ns - quote.timestamp_ns)

    def _on_unknown(self, kind: str, frame: Frame) -> None:
        if kind not in self.unknown and len(self.unknown) >= MAX_KINDS:
            kind = OTHERS
        self.unknown[kind] += 1
        if not self.first_unknown:
            self.first_unknown = example_text(frame)
