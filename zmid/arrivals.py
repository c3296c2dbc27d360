"""How far the arrivals of a run have come, record by record: that decides where logs are rotated.

Rule 1: a quote that arrives in a later period than any before it begins that period.
Rule 2: a quote that arrives in an earlier one is a straggler, and belongs to the present period;
but one that is more than a day behind is none: time was set back (a seek, another pass, a clock
that was wrong), and with it the count. So one instant far ahead ends two periods, and not all.
Rule 3: what elapsed counts in whole periods, of a gap a day at most, so that such an instant ages
nothing.

A batch has quotes of one period, so that nothing depends on where it was cut.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from protocol.messages import Result
from protocol.rotation import DAY_NS

SMALLEST_NS: Final = 1
"""The period where none was asked for."""


class Arrivals(NamedTuple):
    """The latest arrival, None before the first, and the time since the first, in ns."""

    latest_ns: int | None = None
    elapsed_ns: int = 0

    def and_then(self, arrival_ns: int, period_ns: int) -> "Arrivals":
        """Return how far they have come with quotes of which the latest arrived at this instant."""
        if self.latest_ns is None or self._is_set_back(arrival_ns, period_ns):
            return Arrivals(arrival_ns, self.elapsed_ns)
        unit_ns = period_ns or SMALLEST_NS
        ahead_ns = max(0, arrival_ns // unit_ns - self.latest_ns // unit_ns) * unit_ns
        latest_ns = max(self.latest_ns, arrival_ns)
        return Arrivals(latest_ns, self.elapsed_ns + min(ahead_ns, DAY_NS))

    def ends_before(self, arrival_ns: int, period_ns: int) -> bool:
        """Return whether the present period ends before quotes that arrive at this instant."""
        if not period_ns or self.latest_ns is None:
            return False
        is_later = arrival_ns // period_ns > self.latest_ns // period_ns
        return is_later or self._is_set_back(arrival_ns, period_ns)

    def in_periods(self, period_ns: int) -> "Arrivals":
        """Return the same with the latest arrival to the period: wherever a batch was cut."""
        assert self.latest_ns is not None
        return Arrivals(self.latest_ns - self.latest_ns % period_ns, self.elapsed_ns)

    def _is_set_back(self, arrival_ns: int, period_ns: int) -> bool:
        period_ns = period_ns or SMALLEST_NS
        assert self.latest_ns is not None
        return self.latest_ns // period_ns - arrival_ns // period_ns > DAY_NS // period_ns


class Stretch(NamedTuple):
    """Results of one period, and how far the arrivals have come with them."""

    results: Sequence[Result]
    arrivals: Arrivals


def stretches_of(group: Sequence[Result], before: Arrivals, period_ns: int) -> list[Stretch]:
    """Return results as stretches of one period each; the first is of the present period.

    It is empty if the first result begins another.
    """
    stretches: list[Stretch] = []
    results: list[Result] = []
    arrivals = before
    for result in group:
        if arrivals.ends_before(result.arrival_ns, period_ns):
            stretches.append(Stretch(results, arrivals))
            results = []
        arrivals = arrivals.and_then(result.arrival_ns, period_ns)
        results.append(result)
    return [*stretches, Stretch(results, arrivals)]
