"""A refusal by name is final; one without a word only where it lasts, and was never better."""

import pytest

from protocol.keys.handshakes import CHANGED_NS, CUT_OFF_NS, SLOW_NS, Handshakes, Refused

LATE_NS = CUT_OFF_NS + 1


@pytest.mark.parametrize("why", [Refused.KEY, Refused.MECHANISM])
@pytest.mark.parametrize("has_key", [True, False])
def test_who_is_refused_by_name_is_refused(why: Refused, has_key: bool) -> None:
    handshakes = Handshakes(has_key=has_key)
    assert None is handshakes.verdict(0, is_last=True)
    handshakes.refused(why)

    assert why is handshakes.verdict(0)


def test_who_is_let_in_after_all_is_not() -> None:
    handshakes = Handshakes(has_key=True)
    handshakes.refused(Refused.KEY)
    handshakes.succeeded()

    assert None is handshakes.verdict(LATE_NS, is_last=True)


def test_cut_off_for_so_long_who_listens_has_another_key() -> None:
    handshakes = Handshakes(has_key=True)
    handshakes.cut_off(0)
    handshakes.cut_off(CUT_OFF_NS - 1)

    assert None is handshakes.verdict(CUT_OFF_NS - 1)
    assert Refused.LISTENER is handshakes.verdict(CUT_OFF_NS)
    assert Refused.LISTENER is handshakes.verdict(1, is_last=True)


def test_cut_off_once_is_no_proof() -> None:
    handshakes = Handshakes(has_key=True)
    handshakes.cut_off(0)

    assert None is handshakes.verdict(LATE_NS, is_last=True)


@pytest.mark.parametrize(("has_key", "succeeds"), [(False, False), (True, True)])
def test_nor_without_a_key_or_where_it_was_let_in_before(has_key: bool, succeeds: bool) -> None:
    handshakes = Handshakes(has_key=has_key)
    if succeeds:
        handshakes.succeeded()
    for at_ns in (0, 1, LATE_NS):
        handshakes.cut_off(at_ns)

    assert None is handshakes.verdict(2 * LATE_NS, is_last=True)
    # Nor where nobody has tried for long: the cable was out.
    assert None is handshakes.verdict(2 * CHANGED_NS, is_last=True)


def test_one_that_let_us_in_before_and_does_nothing_but_cut_off_has_another_key_now() -> None:
    handshakes = Handshakes(has_key=True)
    handshakes.cut_off(0)
    handshakes.succeeded()
    for at_ns in (1, CHANGED_NS):
        handshakes.cut_off(at_ns)
        assert None is handshakes.verdict(at_ns)
    handshakes.cut_off(CHANGED_NS + 1)

    assert Refused.LISTENER is handshakes.verdict(CHANGED_NS + 1)
    handshakes.succeeded()
    assert None is handshakes.verdict(CHANGED_NS + 2)


def test_a_line_that_loses_so_much_that_no_handshake_ends_is_no_other_key() -> None:
    handshakes = Handshakes(has_key=True)
    for began_ns in (0, LATE_NS, 2 * LATE_NS):
        handshakes.connected(began_ns)
        handshakes.cut_off(began_ns + SLOW_NS)

    assert None is handshakes.verdict(3 * LATE_NS, is_last=True)
