"""A seek operand is a place in the files, or is refused with how to write one."""

import pytest

from protocol.errors import SettingsError
from zreplay.controls.seek_target import seek_target
from zreplay.historical.span import Span
from zreplay.quotes.timestamp_text import time_text

SECOND_NS = 1_000_000_000
NOON_NS = 1_759_406_400 * SECOND_NS
SPAN = Span(NOON_NS, NOON_NS + 100 * SECOND_NS)
PRESENT_NS = NOON_NS + 50 * SECOND_NS


@pytest.mark.parametrize(
    "text, seconds",
    [
        ("2025-10-02 12:00:07", 7),
        ("2025-10-02T12:00:07.500Z", 7.5),
        ("12:00:07", 7),
        ("12:00:07.5", 7.5),
        ("+5s", 55),
        ("-250ms", 49.75),
        ("-5", 45),
        ("40%", 40),
        ("12.5%", 12.5),
        ("100%", 100),
        (" 40% ", 40),
    ],
)
def test_a_place_is_an_arrival(text: str, seconds: float) -> None:
    assert NOON_NS + int(seconds * SECOND_NS) == seek_target(text, PRESENT_NS, SPAN)


@pytest.mark.parametrize("text", ["start", "0%", "-50s", "-51s", "2025-10-02 11:59:59"])
def test_before_the_first_arrival_it_is_the_start(text: str) -> None:
    assert None is seek_target(text, PRESENT_NS, SPAN)


def test_a_day_is_its_beginning() -> None:
    two_days = Span(NOON_NS, NOON_NS + 86_400 * SECOND_NS)

    assert NOON_NS + 43_200 * SECOND_NS == seek_target("2025-10-03", PRESENT_NS, two_days)
    assert None is seek_target("2025-10-02", PRESENT_NS, two_days)


@pytest.mark.parametrize("text", ["+51s", "2025-10-02 12:01:40.000000001"])
def test_behind_the_last_arrival_it_is_refused_and_the_span_is_said(text: str) -> None:
    with pytest.raises(SettingsError, match=r"12:00:00\.000 to 2025-10-02 12:01:40\.000"):
        seek_target(text, PRESENT_NS, SPAN)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "noon",
        "25:00:00",
        "12:60",
        "40",
        "40 %",
        "101%",
        "+",
        "+5h",
        "2025-10",
        f"+{'9' * 5000}s",
    ],
)
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(SettingsError) as refused:
        seek_target(text, PRESENT_NS, SPAN)
    assert refused.value.fix


def test_from_an_unknown_present_no_way_leads() -> None:
    with pytest.raises(SettingsError, match="not known yet"):
        seek_target("+5s", None, Span(None, None))


def test_before_anything_was_played_the_present_is_the_first_arrival() -> None:
    assert SPAN.first_ns is not None
    assert SPAN.first_ns + 5 * SECOND_NS == seek_target("+5s", None, SPAN)
    assert None is seek_target("-5s", None, SPAN)


def test_a_time_of_day_may_lack_its_seconds() -> None:
    assert seek_target("12:00:00", PRESENT_NS, SPAN) == seek_target("12:00", PRESENT_NS, SPAN)


def test_where_the_end_is_not_known_an_instant_will_do_and_a_share_will_not() -> None:
    unknown = Span(NOON_NS, None)

    assert NOON_NS + 10**15 == seek_target("+1000000", NOON_NS, unknown)
    assert None is seek_target("start", None, Span(None, None))
    with pytest.raises(SettingsError, match="reading them through"):
        seek_target("40%", None, unknown)


@pytest.mark.parametrize(("text", "present_ns"), [("+900000000s", 2**63 - 1), ("-1s", -(2**63))])
def test_an_instant_of_more_than_64_bits_is_refused(text: str, present_ns: int) -> None:
    with pytest.raises(SettingsError, match="outside of 64 bits") as refused:
        seek_target(text, present_ns, Span(None, None))
    assert "Z203" == refused.value.code


@pytest.mark.parametrize("seconds", [-1, 0, 101])
def test_where_the_span_is_not_known_for_certain_no_instant_is_outside_of_it(seconds: int) -> None:
    at_ns = NOON_NS + seconds * SECOND_NS
    seen = SPAN._replace(is_exact=False)

    assert at_ns == seek_target(str(time_text(at_ns)), PRESENT_NS, seen)


@pytest.mark.parametrize("text", ["start", "0%", "00.000%"])
def test_the_start_is_the_start_whatever_is_known(text: str) -> None:
    assert None is seek_target(text, None, Span(None, None, is_exact=False))


def test_a_time_of_day_is_on_the_day_of_the_files_that_has_it() -> None:
    before_midnight_ns = NOON_NS + 43_190 * SECOND_NS
    over_midnight = Span(before_midnight_ns, before_midnight_ns + 20 * SECOND_NS)
    last_ns = over_midnight.last_ns

    assert last_ns == seek_target("00:00:10", before_midnight_ns, over_midnight)
    assert None is seek_target("23:59:50", last_ns, over_midnight)
    assert before_midnight_ns + SECOND_NS == seek_target("23:59:51", last_ns, over_midnight)


def test_where_the_end_is_not_known_a_time_of_day_is_on_the_day_of_the_replay() -> None:
    seen = Span(NOON_NS, None, is_exact=False)

    assert NOON_NS - 43_200 * SECOND_NS == seek_target("00:00:00", PRESENT_NS, seen)
    assert NOON_NS + SECOND_NS == seek_target("12:00:01", None, seen)
    with pytest.raises(SettingsError, match="day of the files is not known"):
        seek_target("12:00:01", None, Span(None, None))
