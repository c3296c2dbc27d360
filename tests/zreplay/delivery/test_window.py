"""CreditWindow: only a cumulative acknowledgement frees; only what is overdue is resent."""

from dataclasses import dataclass, field
from heapq import heappop, heappush
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.errors import ProtocolError
from protocol.messages import MAX_HELD_RANGES
from tests.depth import few
from zreplay.delivery.window import (
    MAX_POISON_RESENDS,
    MAX_TIMEOUT_NS,
    MIN_TIMEOUT_NS,
    POISON_RESENDS,
    RESEND_CANDIDATES,
    CreditWindow,
    InFlight,
)

MAX_QUOTES, MAX_BYTES, FRAME_BYTES = 100, 1_000, 60
FAR = 10**9
MILLISECOND_NS = 1_000_000
BATCHES = 2_000
GUESSES = 4
"""So often the timeout doubles from its least to the longest round trip here."""


def let_in(next_record: int = 0, limit: int = FAR) -> CreditWindow:
    window = CreditWindow(MAX_QUOTES, MAX_BYTES)
    window.welcome(next_record, limit)
    return window


def sent(window: CreditWindow, *counts: int, now_ns: int = 0) -> None:
    for count in counts:
        window.sent(count, bytes(FRAME_BYTES), now_ns)


@dataclass
class Model:
    """What the window must know, kept in the plainest way."""

    committed: int = 0
    limit: int = MAX_QUOTES
    batches: list[tuple[int, int]] = field(default_factory=list)

    @property
    def next(self) -> int:
        return sum(self.batches[-1]) if self.batches else self.committed


@settings(max_examples=few(37))
@given(st.data())
def test_whatever_happens_in_flight_stays_in_the_window_and_only_acks_free(
    data: st.DataObject,
) -> None:
    window, model, now_ns = let_in(limit=MAX_QUOTES), Model(), 0
    for _ in range(data.draw(st.integers(1, 40), label="events")):
        now_ns += data.draw(st.integers(0, MAX_TIMEOUT_NS), label="passed")
        match data.draw(st.sampled_from(["send", "ack", "held", "resend"])):
            case "send":
                room = window.room_quotes()
                if room:
                    count = data.draw(st.integers(1, room))
                    model.batches.append((model.next, count))
                    window.sent(count, bytes(FRAME_BYTES), now_ns)
            case "ack" if model.batches:
                done = data.draw(st.integers(0, len(model.batches)))
                model.committed = sum(model.batches[done - 1]) if done else model.committed
                model.limit = max(model.limit, model.committed + MAX_QUOTES)
                del model.batches[:done]
                window.acknowledged(model.committed, model.limit, (), now_ns)
            case "held" if model.batches:
                held = tuple(data.draw(st.lists(st.sampled_from(model.batches), unique=True)))
                window.acknowledged(model.committed, model.limit, held, now_ns)
            case "resend":
                batch = window.overdue(now_ns)
                if batch is not None:
                    assert not batch.is_held
                    assert now_ns - batch.sent_ns >= MIN_TIMEOUT_NS
                    assert (batch.first, batch.count) in model.batches
                    window.resent(batch, batch.frame, now_ns)
        assert model.next == window.next
        assert window.next - model.committed == window.in_flight_quotes
        assert window.in_flight_quotes <= MAX_QUOTES
        assert window.next <= model.limit
        assert len(model.batches) * FRAME_BYTES == window.in_flight_bytes
        assert window.in_flight_bytes <= MAX_BYTES
        assert window.is_empty == (not model.batches)


def test_the_sink_limit_bounds_the_room_as_the_window_does() -> None:
    window = let_in(limit=30)
    assert window.room_quotes() == 30
    sent(window, 30)
    assert window.room_quotes() == 0

    window.acknowledged(10, 50, (), 1)  # inside the batch: nothing is freed

    assert window.room_quotes() == 20
    assert window.in_flight_bytes == FRAME_BYTES


def test_a_limit_that_was_given_is_never_taken_back() -> None:
    window = let_in(limit=50)
    window.acknowledged(0, 20, (), 1)

    assert window.room_quotes() == 50


@pytest.mark.parametrize("committed, held", [(21, ()), (0, ((10, 11),)), (2**63 - 1, ())])
def test_what_was_never_sent_is_not_acknowledged(
    committed: int, held: tuple[tuple[int, int], ...]
) -> None:
    window = let_in()
    sent(window, 10, 10)
    with pytest.raises(ProtocolError, match="before 20") as caught:
        window.acknowledged(committed, FAR, held, 1)

    assert "Z500" == caught.value.code
    assert (0, 20, 2) == (window.committed, window.in_flight_quotes, window.in_flight_batches)


def test_a_frame_larger_than_the_byte_window_still_leaves_alone() -> None:
    window = let_in()
    window.sent(5, bytes(2 * MAX_BYTES), 0)
    assert window.room_quotes() == 0

    window.acknowledged(5, FAR, (), 1)

    assert window.room_quotes() == MAX_QUOTES


def test_a_held_range_frees_nothing_and_only_spares_the_resend() -> None:
    window = let_in()
    sent(window, 10, 10, 10)
    window.acknowledged(0, FAR, ((0, 10), (20, 10)), 1)

    assert window.in_flight_quotes == 30
    assert overdue_first(window, MIN_TIMEOUT_NS) == 10

    window.acknowledged(0, FAR, (), 2)  # the sink was restarted and forgot them

    assert overdue_first(window, MIN_TIMEOUT_NS) == 0


def test_a_batch_is_overdue_exactly_when_the_sink_answered_after_its_timeout() -> None:
    window = let_in()
    sent(window, 10, now_ns=1_000)

    assert window.overdue(1_000 + MIN_TIMEOUT_NS - 1) is None
    assert overdue_first(window, 1_000 + MIN_TIMEOUT_NS) == 0


def test_the_timeout_doubles_with_each_attempt_up_to_its_cap() -> None:
    window = let_in()
    sent(window, 10)
    waits = []
    for _ in range(8):
        batch = overdue(window, 10**12)
        start_ns = batch.sent_ns
        waits.append(next_timeout_ns(window, start_ns))
        window.resent(batch, batch.frame, start_ns)

    assert [250, 500, 1000, 2000, 4000, 8000, 8000, 8000] == [ns // 10**6 for ns in waits]
    assert window.resent_batches == 8


def test_only_batches_that_were_sent_once_teach_the_round_trip() -> None:
    window = let_in()
    sent(window, 10)
    window.resent(overdue(window, 10**12), b"again", MIN_TIMEOUT_NS)
    window.acknowledged(10, FAR, (), MIN_TIMEOUT_NS + 1)
    sent(window, 10, now_ns=0)

    assert 2 * MIN_TIMEOUT_NS == next_timeout_ns(window, 0)  # kept until one measures it

    window.acknowledged(20, FAR, (), 10 * MILLISECOND_NS)
    sent(window, 10, now_ns=0)

    assert MIN_TIMEOUT_NS == next_timeout_ns(window, 0)


def test_a_batch_that_waits_at_the_sink_for_another_is_measured_by_when_it_came_there() -> None:
    window = let_in()
    sent(window, 10, 10)
    window.acknowledged(0, FAR, ((10, 10),), 400 * MILLISECOND_NS)
    window.resent(overdue(window, 10**12), b"again", 0)
    sent(window, 10, now_ns=0)
    window.acknowledged(0, FAR, ((10, 20),), 400 * MILLISECOND_NS)
    window.acknowledged(30, FAR, (), 5_000 * MILLISECOND_NS)
    sent(window, 10, now_ns=0)

    assert 1_000 * MILLISECOND_NS == next_timeout_ns(window, 0)  # of two round trips of 400 ms


def test_where_nothing_lies_there_any_more_what_has_not_come_back_measures_nothing() -> None:
    """The sink was restarted and forgot what it held."""
    window = let_in()
    sent(window, 10, 10)
    window.acknowledged(0, FAR, ((0, 10),), 1)
    window.acknowledged(0, FAR, (), 5_000 * MILLISECOND_NS)

    assert MIN_TIMEOUT_NS == next_timeout_ns(window, 0)


def test_a_round_trip_that_hardly_varies_has_a_quarter_of_it_to_spare() -> None:
    window = let_in()
    for number in range(100):
        sent(window, 1, now_ns=0)
        window.acknowledged(number + 1, FAR, (), 4_000 * MILLISECOND_NS)
    sent(window, 1, now_ns=0)

    assert 5_000 * MILLISECOND_NS == next_timeout_ns(window, 0)


def test_a_batch_of_which_the_sink_may_have_had_no_room_to_speak_measures_nothing() -> None:
    window = CreditWindow(10**6, 10**9)
    window.welcome(0, FAR)
    sent(window, *[1] * (2 * MAX_HELD_RANGES + 1))
    window.acknowledged(1, FAR, (), 0)
    sent(window, 1, now_ns=0)
    held = tuple((first, 1) for first in range(2, 2 * MAX_HELD_RANGES + 2, 2))
    window.acknowledged(1, FAR, held, 0)
    window.acknowledged(window.next, FAR, (), 5_000 * MILLISECOND_NS)
    sent(window, 1, now_ns=0)

    assert MIN_TIMEOUT_NS == next_timeout_ns(window, 0)


@pytest.mark.parametrize("took_ms, timeout_ms", [(400, 500), (4_000, 5_000), (400_000, 8_000)])
def test_what_was_sent_again_for_no_reason_may_take_as_long_as_it_took_the_next_time(
    took_ms: int, timeout_ms: int
) -> None:
    window = let_in()
    sent(window, 10, 10)
    window.resent(overdue(window, 10**12), b"again", 1)
    window.acknowledged(0, FAR, ((0, 10),), took_ms * MILLISECOND_NS)
    window.acknowledged(0, FAR, ((0, 10),), 500_000 * MILLISECOND_NS)  # it waits for the disk
    window.acknowledged(10, FAR, (), 500_000 * MILLISECOND_NS)

    assert timeout_ms * MILLISECOND_NS == next_timeout_ns(window, 0)


def test_of_what_nothing_came_back_for_only_the_oldest_goes_again() -> None:
    window = let_in()
    sent(window, 10, 10, now_ns=0)
    sent(window, 10, now_ns=5)
    first = overdue(window, 10**12)
    window.resent(first, first.frame, 10)
    assert window.overdue(10 + 2 * MIN_TIMEOUT_NS - 1) is None

    window.acknowledged(10, FAR, (), 20)  # what was sent after both of the others

    waiting = []
    while batch := window.overdue(10 + 2 * MIN_TIMEOUT_NS):
        waiting.append(batch.first)
        window.resent(batch, batch.frame, 10**12)
    assert [10, 20] == waiting


@dataclass
class FarSink:
    """A sink at the end of a path that takes `delay_ns` for each way, and loses some batches.

    A batch goes through a worker: that is two ways to it, and one back for what it says.
    """

    delay_ns: int
    lost: float
    choices: Random
    later_ns: int | None = None
    """The delay of the second half."""
    next: int = 0
    there: set[int] = field(default_factory=set)
    duplicates: int = 0
    lost_batches: int = 0
    window: CreditWindow = field(default_factory=lambda: CreditWindow(10**6, 10**9))
    _events: list[tuple[int, int, str, Any]] = field(default_factory=list)

    def play(self, batches: int, interval_ns: int) -> None:
        """Send so many batches of one quote, until the last is known to be committed."""
        window = self.window
        window.welcome(0, FAR)
        self._at(0, "send", batches)
        self._at(0, "ping", None)
        now_ns = 0
        while window.committed < batches:
            now_ns, _, event, what = heappop(self._events)
            match event:
                case "send":
                    if window.room_quotes():
                        window.sent(1, b"", now_ns)
                        self._leaves(window.next - 1, now_ns)
                    if window.next == batches // 2 and self.later_ns is not None:
                        self.delay_ns = self.later_ns
                    if window.next < batches:
                        self._at(now_ns + interval_ns, "send", None)
                case "batch":
                    self._arrives(what, now_ns)
                case "ping":  # every 200 ms; it takes a way there, and its answer one back
                    self._at(now_ns + self.delay_ns, "answer", None)
                    self._at(now_ns + 200 * MILLISECOND_NS, "ping", None)
                case "answer":
                    self._says(now_ns)
                case "ack":
                    window.acknowledged(what[0], FAR, what[1], now_ns)
                    while batch := window.overdue(now_ns):
                        assert not window.is_poison(batch)
                        window.resent(batch, b"", now_ns)
                        self._leaves(batch.first, now_ns)

    def _at(self, at_ns: int, event: str, what: Any) -> None:
        heappush(self._events, (at_ns, self.choices.getrandbits(62), event, what))

    def _leaves(self, first: int, now_ns: int) -> None:
        if self.choices.random() < self.lost:
            self.lost_batches += 1
            return
        jitter_ns = self.choices.randrange(20 * MILLISECOND_NS)
        self._at(now_ns + 2 * self.delay_ns + jitter_ns, "batch", first)

    def _arrives(self, first: int, now_ns: int) -> None:
        self.duplicates += first < self.next or first in self.there
        self.there.add(first)
        before = self.next
        while self.next in self.there:
            self.there.discard(self.next)
            self.next += 1
        if self.next > before:
            self._says(now_ns)

    def _says(self, now_ns: int) -> None:
        held: list[tuple[int, int]] = []
        for first in sorted(self.there):
            if first < self.next:
                continue
            if held and sum(held[-1]) == first:
                held[-1] = held[-1][0], held[-1][1] + 1
            elif len(held) == MAX_HELD_RANGES:
                break
            else:
                held.append((first, 1))
        self._at(now_ns + self.delay_ns, "ack", (self.next, tuple(held)))


@pytest.mark.parametrize("interval_ms", [1, 10, 100])
@pytest.mark.parametrize("delay_ms", [1, 120, 300, 1_000, 2_000])
@pytest.mark.parametrize("lost", [0, 0.002, 0.02])
def test_however_long_the_way_what_was_not_lost_travels_once_but_for_the_first_guesses(
    delay_ms: int, interval_ms: int, lost: float
) -> None:
    sink = FarSink(delay_ms * MILLISECOND_NS, lost, Random(delay_ms))
    sink.play(BATCHES, interval_ms * MILLISECOND_NS)

    assert sink.duplicates <= GUESSES
    assert sink.window.resent_batches <= sink.lost_batches + GUESSES


@pytest.mark.parametrize("interval_ms", [1, 10, 100])
@pytest.mark.parametrize("later_ms", [0, 120, 300, 1_000, 2_000])
def test_a_way_that_becomes_longer_costs_no_more_than_what_was_on_it(
    later_ms: int, interval_ms: int
) -> None:
    sink = FarSink(100 * MILLISECOND_NS, 0, Random(1), later_ns=later_ms * MILLISECOND_NS)
    sink.play(BATCHES, interval_ms * MILLISECOND_NS)

    assert sink.duplicates <= GUESSES + 3 * later_ms // interval_ms


def test_slow_round_trips_lengthen_the_timeout() -> None:
    window = let_in()
    sent(window, 10)
    window.acknowledged(10, FAR, (), 400 * MILLISECOND_NS)
    sent(window, 10, now_ns=0)

    # smoothed + 4 * variation, where the first variation is half the round trip
    assert 1_200 * MILLISECOND_NS == next_timeout_ns(window, 0)


def test_a_resend_carries_the_new_frame_and_keeps_its_place() -> None:
    window = let_in(70)
    sent(window, 10)
    window.resent(overdue(window, 10**12), b"attempt 2", 10**12)

    batch = overdue(window, 2 * 10**12)
    assert (70, 10, b"attempt 2", 2) == (batch.first, batch.count, batch.frame, batch.attempts)


def test_a_resend_with_a_longer_frame_leaves_no_bytes_behind() -> None:
    window = let_in()
    sent(window, 10)
    batch = overdue(window, 10**12)
    window.resent(batch, bytes(FRAME_BYTES + 1), 0)  # attempt 128 takes one byte more
    window.acknowledged(10, FAR, (), 1)

    assert window.in_flight_bytes == 0


def test_only_the_oldest_batches_are_candidates_for_a_resend() -> None:
    window = let_in()
    window.max_bytes = 10**9
    sent(window, *([1] * (RESEND_CANDIDATES + 1)))
    window.acknowledged(0, FAR, ((0, RESEND_CANDIDATES),), 1)

    assert window.overdue(10**12) is None


def lost(window: CreditWindow, batch: InFlight, times: int) -> None:
    for _ in range(times):
        window.resent(batch, b"again", 0)


def test_poison_is_a_batch_resent_ten_times_while_later_ones_came_back() -> None:
    window = let_in()
    sent(window, 10, 10)
    first = overdue(window, 10**15)
    lost(window, first, POISON_RESENDS - 1)
    window.acknowledged(0, FAR, ((10, 10),), 1)
    assert not window.is_poison(first)

    lost(window, first, 1)

    assert window.is_poison(first)


def test_nothing_is_poison_while_nothing_later_comes_back() -> None:
    """There may be no worker at all, or the batch may be the last one."""
    window = let_in()
    sent(window, 10, 10, 10)
    window.acknowledged(0, FAR, ((0, 10), (20, 10)), 1)
    middle = overdue(window, 10**15)
    lost(window, middle, MAX_POISON_RESENDS)
    assert window.is_poison(middle)

    window.acknowledged(0, FAR, ((0, 10),), 1)

    assert not window.is_poison(middle)


@given(st.integers(1, 60), st.integers(0, 300))
def test_what_chance_explains_is_not_poison_before_the_cap(others: int, others_lost: int) -> None:
    """A thief that takes half of all that is sent may take the same batch ten times."""
    window = let_in()
    window.max_bytes = 10**9
    sent(window, *[1] * (others + 1))
    window.acknowledged(0, FAR, ((1, others),), 1)
    first = overdue(window, 10**15)
    other = InFlight(1, 1, b"", 0)
    lost(window, other, others_lost)
    share = others_lost / (others + others_lost)
    expected = next(
        resends
        for resends in range(POISON_RESENDS, MAX_POISON_RESENDS + 1)
        if share ** (resends + 1) < 1e-9 or resends == MAX_POISON_RESENDS
    )
    lost(window, first, expected - 1)
    assert not window.is_poison(first)

    lost(window, first, 1)

    assert window.is_poison(first)


def test_what_an_earlier_epoch_lost_excuses_nothing() -> None:
    window = let_in()
    sent(window, 10, 10)
    lost(window, overdue(window, 10**15), 100)
    window.welcome(0, FAR)
    sent(window, 10, 10)
    window.acknowledged(0, FAR, ((10, 10),), 1)
    first = overdue(window, 10**15)
    lost(window, first, POISON_RESENDS)

    assert window.is_poison(first)


def test_a_welcome_begins_anew_at_its_record() -> None:
    window = let_in()
    sent(window, 10, 10)
    window.welcome(10, 15)

    assert (10, 10, 0, 5) == (
        window.next,
        window.committed,
        window.in_flight_bytes,
        window.room_quotes(),
    )
    assert window.is_empty


def overdue(window: CreditWindow, heard_ns: int) -> InFlight:
    batch = window.overdue(heard_ns)
    assert batch is not None
    return batch


def overdue_first(window: CreditWindow, heard_ns: int) -> int:
    return overdue(window, heard_ns).first


def next_timeout_ns(window: CreditWindow, sent_ns: int) -> int:
    """Find the first wait after which the oldest batch is overdue, by bisection."""
    low, high = 0, 2 * MAX_TIMEOUT_NS
    while low < high:
        middle = (low + high) // 2
        if window.overdue(sent_ns + middle) is None:
            low = middle + 1
        else:
            high = middle
    return low


def test_the_age_of_a_quote_counts_from_its_first_sending_to_its_commit() -> None:
    window = let_in()
    sent(window, 3, 1)
    batch = overdue(window, 10**15)
    window.resent(batch, b"again", 600)
    window.acknowledged(3, FAR, (), 1_000)

    assert (3, 1_000) == (window.age.count, window.age.max_ns)
