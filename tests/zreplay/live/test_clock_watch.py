"""A clock that was set and a machine that was suspended are told, and told apart."""

import pytest

from zreplay.live.clock_watch import ClockEvent, ClocksRead, ClockWatch

SECOND_NS = 10**9
HOUR_NS = 3_600 * SECOND_NS
START = ClocksRead(1_759_446_600 * SECOND_NS, 100 * SECOND_NS, 700 * SECOND_NS)


def later(wall_ns: int, monotonic_ns: int, boot_ns: int) -> ClocksRead:
    return ClocksRead(START[0] + wall_ns, START[1] + monotonic_ns, START[2] + boot_ns)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (later(SECOND_NS, SECOND_NS, SECOND_NS), None),
        (later(SECOND_NS + HOUR_NS, SECOND_NS, SECOND_NS), ClockEvent(HOUR_NS, 0)),
        (later(SECOND_NS - HOUR_NS, SECOND_NS, SECOND_NS), ClockEvent(-HOUR_NS, 0)),
        (later(HOUR_NS, SECOND_NS, HOUR_NS), ClockEvent(0, HOUR_NS - SECOND_NS)),
        (later(0, SECOND_NS, SECOND_NS), ClockEvent(-SECOND_NS, 0)),  # a leap second, repeated
        (later(SECOND_NS + 10_000, SECOND_NS, SECOND_NS), None),  # one that is smeared
        (later(-HOUR_NS, SECOND_NS, HOUR_NS), ClockEvent(-2 * HOUR_NS, HOUR_NS - SECOND_NS)),
    ],
)
def test_what_happened_since_the_last_look_is_told_once(
    now: ClocksRead, expected: ClockEvent | None
) -> None:
    watch = ClockWatch(START)

    assert expected == watch.look(now)
    assert None is watch.look(now)
