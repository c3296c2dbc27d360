"""Each form of times reads its own texts exactly, and nothing else."""

import pytest

from zreplay.quotes.rejection import Reason
from zreplay.recordings.formats.time_form import ISO, MAGNITUDES, TimeForm, day_ns, pattern_of

NOON = 1759406400 * 10**9  # 2025-10-02 12:00:00 UTC


@pytest.mark.parametrize(
    ("form", "text", "expected"),
    [
        (TimeForm(), "2025-10-02 12:00:00.5", NOON + 5 * 10**8),
        (TimeForm(), "2025-10-02D14:00:00+02:00", NOON),
        (TimeForm(), "2025-10-02T08:30:00.000000001-0330", NOON + 1),
        (TimeForm(zone="America/New_York"), "2025-10-02 08:00:00", NOON),
        (TimeForm(zone="America/New_York"), "2025-10-02 12:00:00Z", NOON),
        (TimeForm("YYYYMMDD hh:mm:ss"), "20251002 12:00:00.25", NOON + 25 * 10**7),
        (TimeForm("YYYYMMDD hhmmssf"), "20251002 120000065", NOON + 65 * 10**6),
        (TimeForm("DD.MM.YYYY hh:mm:ss"), "02.10.2025 12:00:00", NOON),
        (TimeForm("hh:mm:ss", day_ns=day_ns("2025-10-02") or 0), "12:00:00.1", NOON + 10**8),
        (TimeForm("", "s"), "1759406400", NOON),
        (TimeForm("", "s"), " 1759406400.000000001", NOON + 1),
        (TimeForm("", "ms"), "1759406400000.5", NOON + 500_000),
        (TimeForm("", "us"), "1759406400000000", NOON),
        (TimeForm("", "ns"), str(NOON), NOON),
        (TimeForm("", "s", day_ns=day_ns("2025-10-02") or 0), "43200.5", NOON + 5 * 10**8),
        (
            TimeForm("", "s", zone="America/New_York", day_ns=day_ns("20251002") or 0),
            *("28800", NOON),
        ),
    ],
)
def test_a_text_is_the_instant_that_it_says(form: TimeForm, text: str, expected: int) -> None:
    assert expected == form.instant_ns(text)


@pytest.mark.parametrize(
    ("form", "text"),
    [
        (TimeForm(), "1759406400"),
        (TimeForm("YYYYMMDD hh:mm:ss"), "2025-10-02 12:00:00"),
        (TimeForm("YYYYMMDD hh:mm:ss"), "20250229 12:00:00"),
        (TimeForm("YYYYMMDD hh:mm:ss"), "20251002 24:00:00"),
        (TimeForm("YYYYMMDD hhmmssf"), "20251002 1200001234567890"),
        (TimeForm("", "s"), ""),
        (TimeForm("", "s"), "2025-10-02 12:00:00"),
        (TimeForm("", "s"), "0x10"),
        (TimeForm("", "ns"), "0.5"),
        (TimeForm("", "s"), "1759406400.0000000001"),
        (TimeForm("", "s"), f"0.{'9' * 40}"),
        (TimeForm("", "s"), "1e-999999999999999999999"),
        (TimeForm("", "s"), "1e999999999999999999999"),
        (TimeForm("", "s"), "9223372037"),
        (TimeForm("", "ns"), str(2**63)),
        (TimeForm("", "ms", MAGNITUDES["ms"]), "1759406400"),
        (TimeForm("", "ms", MAGNITUDES["ms"]), "1759406400000000"),
        (TimeForm("", "s", zone="America/New_York", day_ns=1), "9223372036854775806"),
    ],
)
def test_every_other_text_is_none_and_says_why(form: TimeForm, text: str) -> None:
    assert isinstance(form.instant_ns(text), Reason)


@pytest.mark.parametrize("template", ["YYYY-MM hh:mm:ss", "YYYYMMDD", "mm:ss", "x", "ssYYYY"])
def test_what_lacks_a_part_is_no_template(template: str) -> None:
    with pytest.raises(ValueError):
        pattern_of(template)


def test_magnitudes_follow_each_other_and_reach_to_the_end() -> None:
    bounds = [*MAGNITUDES.values()]

    assert [most + 1 for _, most in bounds[:-1]] == [least for least, _ in bounds[1:]]
    assert 2**63 - 1 == bounds[-1][1]


def test_a_form_says_what_it_is() -> None:
    forms = [
        TimeForm(),
        TimeForm(zone="Asia/Tokyo"),
        TimeForm("", "us"),
        TimeForm("", "s", day_ns=1),
    ]

    expected = [ISO, f"{ISO} in Asia/Tokyo", "epoch us", "s since midnight"]
    assert expected == [str(form) for form in forms]


@pytest.mark.parametrize("text", ["", "today", "2025-02-29", "2025-10-02 00:00:00"])
def test_what_is_no_day_is_none(text: str) -> None:
    assert day_ns(text) is None
