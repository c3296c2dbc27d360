"""Each symbol of a connection: asked for, acknowledged, live, silent or refused.

Rule 1: symbols are asked for in requests of as many as the venue allows.
Rule 2: a refusal refuses the symbols that it names, in its text too. One that names none, or
        whose text repeats all of a request of several, has its two halves asked for again; of one
        symbol, that is refused. Where a venue refuses whole requests, the others of it are asked
        for again. If it was only asked too often, all of it is.
Rule 3: nobody knows what a refusal without name and number was about, if several requests are not
        answered. All of them are asked for again then, and from then on each request waits for
        the answer to the one before, `ANSWER_NS` at most: the next refusal is of that one.
Rule 4: nor does anybody know whom an acknowledgement without either means: nobody is acknowledged
        until as many came as requests may still be answered. A venue that always says so little is
        asked one request at a time from the start on.
Rule 5: what is acknowledged by its name, or has a quote, was not refused; nor is what was refused
        by such a guess, and acknowledged by the number of its request.
Rule 6: a symbol is live from its first quote on; without one for `silent_after_ns` since it was
        asked for, or since its last quote, it is silent. 0 is never.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from zreplay.live.named_symbols import named_in
from zreplay.live.venue import SECOND_NS, Acknowledged, Refused, Venue

MAX_REASON_CHARACTERS: Final = 200
ANSWER_NS: Final = 5 * SECOND_NS
NEVER_NS: Final = 2**62
NOT_IN_ANSWER: Final = "not in the answer to its request"


class SubscriptionState(StrEnum):
    """What became of asking for a symbol; WAITING has not been asked for yet."""

    WAITING = "waiting"
    ASKED = "asked"
    ACKNOWLEDGED = "acknowledged"
    LIVE = "live"
    SILENT = "silent"
    REFUSED = "refused"


class Change(NamedTuple):
    """What happened to symbols, for the capture."""

    state: SubscriptionState
    symbols: tuple[str, ...]
    reason: str = ""


class Subscriptions:
    """The symbols of one connection; times are ns of its clock (zreplay/live/reading_clock.py)."""

    def __init__(self, venue: Venue, symbols: Sequence[str], silent_after_ns: int) -> None:
        self.last_ns: dict[str, int] = dict.fromkeys(symbols, 0)
        """When each symbol had its last quote on this connection, 0 if it had none."""
        self.refused: dict[str, str] = {}
        """The symbols that were refused, and why."""
        self.changes: list[Change] = []
        """What happened since this was last emptied."""
        self._venue = venue
        self._silent_after_ns = silent_after_ns
        self._waiting: deque[list[str]] = deque()
        self._asked_ns: dict[str, int] = {}
        self._acknowledged: set[str] = set()
        self._again: set[str] = set()
        """Of those that were asked for, who waits to be so again."""
        self._requests: dict[int, list[str]] = {}
        """What each request asked for that is not answered."""
        self._sent: dict[int, list[str]] = {}
        """What each request asked for: its answer may come late."""
        self._guessed: set[str] = set()
        """The symbols of refusals that said nothing, which may have been late."""
        self._given_up: list[list[str]] = []
        """What requests asked for whose answer is not waited for any more; it may still come."""
        self._anonymous = 0
        """The acknowledgements that may be of any of these, or of a later request."""
        self._number = 0
        self._is_one_at_a_time = venue.answers_in_turn
        self._sent_ns = 0

    def begin(self) -> None:
        """Start over on a new connection: nothing is asked for yet."""
        self.last_ns = dict.fromkeys(self.last_ns, 0)
        self.refused, self.changes = {}, []
        self._asked_ns, self._acknowledged, self._requests = {}, set(), {}
        self._sent, self._again, self._guessed = {}, set(), set()
        self._given_up, self._anonymous = [], 0
        self._is_one_at_a_time = self._venue.answers_in_turn
        self._waiting = deque(self._chunks(list(self.last_ns)))

    @property
    def is_all_asked(self) -> bool:
        return not self._waiting

    @property
    def ready_ns(self) -> int:
        """When the next request may be sent, as far as answers go; NEVER_NS if there is none."""
        if not self._waiting:
            return NEVER_NS
        return self._sent_ns + ANSWER_NS if self._is_one_at_a_time and self._requests else 0

    def next_request(self, now_ns: int) -> bytes:
        """Return the next request; only while there is one."""
        symbols = self._waiting.popleft()
        if self._is_one_at_a_time:
            self._give_up()
        self._number += 1
        self._requests[self._number] = self._sent[self._number] = symbols
        self._again.difference_update(symbols)
        self._asked_ns |= dict.fromkeys(symbols, now_ns)
        self._sent_ns = now_ns
        self._say(SubscriptionState.ASKED, symbols)
        return self._venue.subscribe(symbols, self._number)

    def on_acknowledged(self, said: Acknowledged) -> None:
        """Take an acknowledgement; one that fits nothing is none."""
        request = said.request
        if not said.symbols and request is None:
            self._on_anonymous()
            return
        asked, was_sent = self._requests.pop(request or 0, []), self._sent.get(request or 0, [])
        names = [name for name in said.symbols or was_sent if name in self._asked_ns]
        for name in names:
            if said.symbols or name in self._guessed:
                self.refused.pop(name, None)
        self._acknowledge(names)
        if said.symbols and asked:
            self._refuse([name for name in asked if name not in said.symbols], NOT_IN_ANSWER)
        if not asked:
            self._forget_answered()

    def _on_anonymous(self) -> None:
        """Take an acknowledgement that may be of any request that may still be answered."""
        self._anonymous += 1
        if self._anonymous < len(self._given_up) + len(self._requests):
            if self._is_one_at_a_time:
                self._give_up()  # it may be of this one, so that the next one may go
            return
        self._give_up()
        names = [name for each in self._given_up for name in each]
        self._given_up, self._anonymous = [], 0
        self._acknowledge(names)

    def _acknowledge(self, names: list[str]) -> None:
        self._acknowledged.update(names)
        self._ask_no_more(self._again.intersection(names))
        self._say(SubscriptionState.ACKNOWLEDGED, names)

    def _give_up(self) -> None:
        self._given_up += self._requests.values()
        self._requests.clear()

    def on_refused(self, said: Refused) -> bool:
        """Take a refusal: name the symbols, and ask for those again that may be innocent.

        Return False if nobody knows what was refused.
        """
        asked = self._request_of(said)
        names = [name for name in said.symbols if name in self._asked_ns]
        names = names or self._named_in(said.reason, asked)
        if said.request is None and not names:
            if not asked and named_in(said.reason, self._asked_ns):
                return False  # of one that is live, so that it is about something else
            self._is_one_at_a_time = True
        if not asked and not names:
            if said.request is None:
                several = [*self._requests.values()]
                self._give_up()
                for each in several:
                    self._ask_again(self._suspects(each))
            return False
        if said.is_busy:
            self._ask_again(asked)
        elif names or len(asked) == 1:
            if not names and said.request is None:
                self._guessed.update(asked)
                if self._given_up:  # it was of one of those, or an answer to this one will come
                    self._given_up.append(asked)
            self._refuse(names or asked, said.reason)
            if self._venue.refuses_whole_requests:
                self._ask_again([name for name in asked if name not in names])
            self._forget_answered()
        else:
            self._requests = {n: each for n, each in self._requests.items() if each is not asked}
            suspects = self._suspects(asked)
            half = len(suspects) // 2
            self._ask_again(suspects[:half])
            self._ask_again(suspects[half:])
        return True

    def _named_in(self, reason: str, asked: list[str]) -> list[str]:
        """Return what a text names of a request; without one, of all that has no quotes yet."""
        if asked:
            names = named_in(reason, asked)
            return names if len(names) < len(asked) or len(asked) == 1 else []
        quiet = [name for name, at_ns in self.last_ns.items() if not at_ns]
        names = named_in(reason, list(self._unanswered()))
        return names or named_in(reason, [name for name in quiet if name in self._asked_ns])

    def state_of(self, symbol: str, now_ns: int) -> SubscriptionState:
        """Return what became of a symbol."""
        if symbol in self.refused:
            return SubscriptionState.REFUSED
        asked_ns, last_ns = self._asked_ns.get(symbol), self.last_ns[symbol]
        if asked_ns is None or (symbol in self._again and not last_ns):
            return SubscriptionState.WAITING
        if self._silent_after_ns and now_ns - max(last_ns, asked_ns) >= self._silent_after_ns:
            return SubscriptionState.SILENT
        if last_ns:
            return SubscriptionState.LIVE
        is_acknowledged = symbol in self._acknowledged
        return SubscriptionState.ACKNOWLEDGED if is_acknowledged else SubscriptionState.ASKED

    def counts(self, now_ns: int) -> dict[str, int]:
        """Return how many symbols are in each state."""
        counts = dict.fromkeys(map(str, SubscriptionState), 0)
        for symbol in self.last_ns:
            counts[self.state_of(symbol, now_ns)] += 1
        return counts

    @property
    def asked_for(self) -> list[str]:
        """The symbols that were not refused."""
        return [name for name in self.last_ns if name not in self.refused]

    def quiet_since_ns(self, symbol: str) -> int:
        """Return when a symbol had its last quote, or was asked for."""
        return max(self.last_ns[symbol], self._asked_ns.get(symbol, 0))

    def silent(self, now_ns: int) -> list[str]:
        """Return the symbols that are silent."""
        return [
            name for name in self.last_ns if self.state_of(name, now_ns) is SubscriptionState.SILENT
        ]

    def _chunks(self, symbols: list[str]) -> Iterator[list[str]]:
        most = self._venue.limits.symbols_a_request
        for start in range(0, len(symbols), most):
            yield symbols[start : start + most]

    def _request_of(self, said: Refused) -> list[str]:
        """Return of the refused request who may be guilty, empty if nobody knows which it was."""
        request = said.request
        if request is None:
            named = set(said.symbols) & self._asked_ns.keys()
            named = named or set(named_in(said.reason, self._asked_ns))
            of = (number for number, symbols in self._requests.items() if named & set(symbols))
            request = next(of, None)
            if request is not None and not self._venue.refuses_whole_requests:
                return self._requests[request]  # the others of it are still to be answered
            if request is None and not named and len(self._requests) == 1:
                (request,) = self._requests
        return self._suspects(self._requests.pop(request, [])) if request is not None else []

    def _suspects(self, symbols: list[str]) -> list[str]:
        unanswered = set(self._unanswered())
        return [name for name in symbols if name in unanswered and not self.last_ns[name]]

    def _unanswered(self) -> Iterable[str]:
        return (
            name
            for name in self._asked_ns
            if name not in self.refused and name not in self._acknowledged
        )

    def _forget_answered(self) -> None:
        """Forget the requests all of whose symbols were answered by their names."""
        unanswered = set(self._unanswered())
        for number in [n for n, names in self._requests.items() if not unanswered & set(names)]:
            del self._requests[number]

    def _refuse(self, symbols: Sequence[str], reason: str) -> None:
        self.refused |= dict.fromkeys(symbols, reason[:MAX_REASON_CHARACTERS])
        self._say(SubscriptionState.REFUSED, symbols, reason)

    def _ask_again(self, symbols: list[str]) -> None:
        again = [name for name in symbols if name not in self.refused]
        self._again.update(again)
        if again:
            self._waiting.append(again)

    def _ask_no_more(self, symbols: set[str]) -> None:
        if symbols:
            self._again -= symbols
            left = ([name for name in each if name not in symbols] for each in self._waiting)
            self._waiting = deque(filter(None, left))

    def _say(self, state: SubscriptionState, symbols: Sequence[str], reason: str = "") -> None:
        if symbols:
            self.changes.append(Change(state, tuple(symbols), reason[:MAX_REASON_CHARACTERS]))
