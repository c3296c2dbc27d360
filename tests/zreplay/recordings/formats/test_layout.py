"""A layout says where its latency comes from, what it may be, and what it was taken for."""

import pytest
from msgspec.structs import replace

from tests.format_examples import EXAMPLES
from zreplay.recordings.formats.layout import Layout
from zreplay.recordings.formats.time_form import ANY, ISO, MAGNITUDES, TimeForm

LAYOUT = Layout(("t", "l", "x"), {"timestamp": 0, "latency": 1, "local_timestamp": 2})


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        (("latency", "local_timestamp"), "latency"),
        (("local_timestamp",), "local_timestamp"),
        ((), "none"),
    ],
)
def test_the_latency_is_a_column_or_between_two_times_or_none(
    places: tuple[str, ...], expected: str
) -> None:
    layout = replace(LAYOUT, places={name: place for place, name in enumerate(places)})

    assert expected == layout.latency


def test_what_has_no_column_is_named_as_ours() -> None:
    assert ("l", "ticker") == (LAYOUT.spelled("latency"), LAYOUT.spelled("ticker"))


def test_times_of_any_form_may_be_text_or_a_number_of_each_unit() -> None:
    layout = replace(LAYOUT, times=TimeForm(ANY, zone="Asia/Tokyo"))

    forms = [variant.times for variant in layout.variants()]

    assert [(ISO, ""), ("", "s"), ("", "ms"), ("", "us"), ("", "ns")] == [
        (form.template, form.unit) for form in forms
    ]
    assert {"Asia/Tokyo"} == {form.zone for form in forms}
    assert [LAYOUT] == LAYOUT.variants()


def test_only_our_own_columns_with_a_latency_add_nothing_to_what_a_run_is() -> None:
    identities = [example.layout.identity for example in EXAMPLES.values()]

    days = [replace(LAYOUT, times=TimeForm("hh:mm:ss", day_ns=day)).identity for day in (1, 2)]

    assert "" == LAYOUT.identity
    assert days[0] != days[1]
    layouts = [example.layout for example in EXAMPLES.values()]
    others = {(each.format, each.times, each.ticker, each.latency) for each in layouts}
    assert len(others) == len(set(identities))
    assert ["ours, of pandas"] == [name for name in EXAMPLES if not EXAMPLES[name].layout.identity]


def test_what_was_taken_is_said_in_words() -> None:
    found = [EXAMPLES[name].layout.described() for name in ("histdata", "polygon")]

    assert [
        "histdata (by its first line), times YYYYMMDD hhmmssf in Etc/GMT+5, latency none",
        "polygon, unverified (by its columns), times epoch ns, latency from sip_timestamp",
    ] == found


def test_where_the_day_is_known_a_form_that_is_not_may_be_a_time_of_day() -> None:
    for day_ns, last in (
        (0, TimeForm("", "ns", MAGNITUDES["ns"])),
        (5, TimeForm("hh:mm:ss", day_ns=5)),
    ):
        forms = [
            each.times for each in replace(LAYOUT, times=TimeForm(ANY, day_ns=day_ns)).variants()
        ]

        assert last == forms[-1]
        assert not any(form.day_ns for form in forms[:5])
