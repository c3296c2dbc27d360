"""How much is done of what was asked for, and how long the rest takes. In: facts; out: both.

Rule 1: a pass ends at the first of its ends: `--limit`, `--to` or `--duration`, the end of the
files. All that is done lies before each of them, so the share is the largest of those known; what
was asked for counts where the end of the files is not clearly nearer.
Rule 2: to an end in the files rows are counted where an index says how many there are; without
one, time, where both ends of it are known, and bytes from the first quote that was asked for on.
A filter of tickers is on the way, not its end: what it leaves out is passed by all the same.
Rule 3: where nothing is known there is no share and no time left: neither is guessed.
Rule 4: a loop has as many passes as it was asked for; without end the share is of this pass.
Rule 5: the time left is that of a replay that goes on, a pause has no end. A clock that nothing
cuts short tells it; where gaps are cut, or there is no clock, the pace of the last half minute.
"""

from typing import Final, NamedTuple

from zreplay.controls.pace import Pace
from zreplay.recordings.index.row_counts import RowCounts

LIMIT: Final = "limit"
QUOTES: Final = "quotes"
TIME: Final = "time"
BYTES: Final = "bytes"
UNKNOWN: Final = ""
CLEARLY: Final = 0.05
"""Quotes, time and bytes are never quite in step."""


class PassFacts(NamedTuple):
    """What is known of the present pass, None is not known.

    `sent` quotes of at most `limit` were sent, and it stands at `present_ns`: what arrives
    before has left. Arrivals from `start_ns` to before `end_ns` are asked for; `end_ns` None is
    the end of the files. `files_share` is of their bytes.
    """

    sent: int = 0
    limit: int | None = None
    start_ns: int | None = None
    end_ns: int | None = None
    present_ns: int | None = None
    counts: RowCounts | None = None
    files_share: float | None = None
    is_over: bool = False


class Share(NamedTuple):
    """`done` of 1 and what was counted for it; None if that is not known."""

    done: float | None
    of: str


class Playing(NamedTuple):
    """How it is replayed: recording seconds a second, None is unpaced; passes without end: None."""

    rate: float | None = None
    cuts_gaps: bool = False
    pass_number: int = 0
    passes: int | None = 1

    @property
    def passes_to_come(self) -> int:
        """How many follow this one; of those without end none does."""
        return 0 if self.passes is None else max(0, self.passes - self.pass_number - 1)


def share_of_pass(facts: PassFacts) -> Share:
    """Return how much of a pass is done."""
    to_the_end = _share_to_the_end(facts)
    if facts.limit is None or facts.is_over:
        return to_the_end
    by_limit = min(1.0, facts.sent / facts.limit)
    return _further(Share(by_limit, LIMIT), to_the_end)


def share_of_run(done: float | None, playing: Playing) -> float | None:
    """Return how much of all passes is done, if so much of the present one is."""
    if done is None or playing.passes is None:
        return done
    return min(1.0, (playing.pass_number + done) / max(1, playing.passes))


def left_ns(facts: PassFacts, share: Share, playing: Playing, pace: Pace) -> int | None:
    """Return how long the rest takes, None while there is no telling."""
    if share.done is None:
        return None
    if share.done >= 1 and not playing.passes_to_come:
        return 0
    left = _left_by_clock_ns(facts, share, playing, pace)
    if left is None:
        per_ns = pace.passes_per_ns()
        left = (1 - share.done + playing.passes_to_come) / per_ns if per_ns else None
    return None if left is None else max(0, round(left))


def _share_to_the_end(facts: PassFacts) -> Share:
    if facts.is_over:
        return Share(1.0, _measure(facts))
    start_ns, end_ns = _bounds(facts)
    if facts.counts is not None and start_ns is not None and end_ns is not None:
        before, after = facts.counts.before(start_ns), facts.counts.before(end_ns)
        if after > before:
            present = facts.counts.before(_present_ns(facts, start_ns))
            return Share(min(1.0, max(0.0, present - before) / (after - before)), QUOTES)
    by_bytes = Share(facts.files_share, UNKNOWN if facts.files_share is None else BYTES)
    if facts.end_ns is None:
        return by_bytes
    if start_ns is None or facts.end_ns <= start_ns:
        # As far as the files go it is a part of the way, and not all that was asked for.
        return Share(None, UNKNOWN)
    done = (_present_ns(facts, start_ns) - start_ns) / (facts.end_ns - start_ns)
    by_time = Share(min(1.0, max(0.0, done)), TIME)
    return _further(by_time, by_bytes)


def _further(share: Share, other: Share) -> Share:
    """Return the other share only where it is clearly larger, so that they do not take turns."""
    return other if (other.done or 0.0) > (share.done or 0.0) + CLEARLY else share


def _measure(facts: PassFacts) -> str:
    if facts.counts is not None:
        return QUOTES
    return TIME if facts.end_ns is not None else BYTES


def _bounds(facts: PassFacts) -> tuple[int | None, int | None]:
    """Return from where to where the arrivals are that are asked for and there."""
    start_ns, end_ns, counts = facts.start_ns, facts.end_ns, facts.counts
    if counts is not None:
        start_ns = counts.first_ns if start_ns is None else max(start_ns, counts.first_ns)
        last_ns = counts.last_ns + 1
        end_ns = last_ns if end_ns is None else min(end_ns, last_ns)
    return start_ns, end_ns


def _present_ns(facts: PassFacts, start_ns: int) -> int:
    return start_ns if facts.present_ns is None else facts.present_ns


def _left_by_clock_ns(facts: PassFacts, share: Share, playing: Playing, pace: Pace) -> float | None:
    """Return what the clock says, None where something else may end or shorten the replay."""
    start_ns, end_ns = _bounds(facts)
    is_timed = share.of in (QUOTES, TIME) and facts.limit is None
    if playing.rate is None or playing.cuts_gaps or not is_timed:
        return None
    if start_ns is None or end_ns is None:
        return None
    present_ns = end_ns if facts.is_over else max(start_ns, _present_ns(facts, start_ns))
    recording_ns = max(0, end_ns - present_ns) + playing.passes_to_come * (end_ns - start_ns)
    # One that cannot keep up is slower than was asked.
    return recording_ns / min(playing.rate, pace.speed() or playing.rate)
