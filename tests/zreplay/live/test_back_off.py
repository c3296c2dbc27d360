"""Tries get rarer, up to a cap, and begin anew only after data."""

from zreplay.live.back_off import LONGEST_TOLD_NS, BackOff

MS = 1_000_000


def waits_ms(back_off: BackOff, count: int, chance: float) -> list[int]:
    return [back_off.next_wait_ns(chance) // MS for _ in range(count)]


def test_waits_double_up_to_eight_seconds() -> None:
    expected = [250, 500, 1000, 2000, 4000, 8000, 8000]

    assert expected == waits_ms(BackOff(), 7, chance=1.0)


def test_chance_shortens_a_wait_to_no_less_than_two_fifths() -> None:
    assert [100, 200, 400] == waits_ms(BackOff(), 3, chance=0.0)


def test_only_data_begin_anew() -> None:
    back_off = BackOff()
    waits_ms(back_off, 3, chance=1.0)
    assert [2000] == waits_ms(back_off, 1, chance=1.0)

    back_off.on_data()

    assert [250] == waits_ms(back_off, 1, chance=1.0)


def test_who_was_refused_waits_the_longest_at_once() -> None:
    back_off = BackOff()

    back_off.on_refusal()

    assert [8000, 8000] == waits_ms(back_off, 2, chance=1.0)


def test_the_server_may_ask_for_longer_but_not_for_ever() -> None:
    assert 30_000 * MS == BackOff().next_wait_ns(1.0, told_ns=30_000 * MS)
    assert 250 * MS == BackOff().next_wait_ns(1.0, told_ns=1)
    assert LONGEST_TOLD_NS == BackOff().next_wait_ns(1.0, told_ns=10**15)
