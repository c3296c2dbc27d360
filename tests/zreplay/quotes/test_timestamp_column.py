"""Timestamp texts become instants exactly, or are refused, one by one and many at once."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zreplay.quotes.timestamp_column import FEW_TEXTS, timestamps_ns

SECOND_NS = 1_000_000_000
AT_57_NS = 1_759_449_597 * SECOND_NS


def one_ns(text: str) -> int | None:
    """Return what a text is, read alone, and see that it is the same among many."""
    alone, is_timestamp = timestamps_ns([text])
    among_many, are_timestamps = timestamps_ns([text] * (FEW_TEXTS + 1))
    assert are_timestamps.all() if is_timestamp[0] else not are_timestamps.any()
    assert (among_many == alone[0]).all()
    return int(alone[0]) if is_timestamp[0] else None


@pytest.mark.parametrize(
    ("text", "instant_ns"),
    [
        ("2025-10-02 23:59:57.290000", AT_57_NS + 290_000_000),
        ("2025-10-02 23:59:57", AT_57_NS),
        ("2025-10-02T23:59:57.1", AT_57_NS + 100_000_000),
        ("2025-10-02T23:59:57.123456789Z", AT_57_NS + 123_456_789),
        ("2025-10-02 23:59:57Z", AT_57_NS),
        ("2025-10-02 23:59:57+00:00", AT_57_NS),
        ("2025-10-03 01:59:57.25+02:00", AT_57_NS + 250_000_000),
        ("1969-12-31 23:59:59.999999999", -1),
        ("1677-09-21 00:12:43.145224192", -(2**63)),
        ("1677-09-21 00:12:44", -9_223_372_036 * SECOND_NS),
        ("2262-04-11 23:47:16.854775807", 2**63 - 1),
    ],
)
def test_every_form_is_read_to_the_nanosecond(text: str, instant_ns: int) -> None:
    assert instant_ns == one_ns(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "NaT",
        "1759449597",
        "2025-10-02",
        "2025-10-02 23:59",
        "2025-10-02 23:59:57.",
        "2025-10-02 23:59:57.1234567890",
        "2025-10-02 23:59:57+24:00",
        "2025-10-02 23:59:57ZZ",
        " 2025-10-02 23:59:57",
        "2025-10-02 23:59:57\n",
        "2025-02-29 00:00:00",
        "2025-10-02 24:00:00",
        "2025-10-02 23:59:60",
        "0000-01-01 00:00:00",
        "1500-01-01 00:00:00",
        "1677-09-21 00:12:43.145224191",
        "1677-09-21 00:12:43",
        "2262-04-11 23:47:16.854775808",
        "２025-10-02 23:59:57",
    ],
)
def test_what_is_no_timestamp_is_none_and_spoils_no_other(text: str) -> None:
    assert one_ns(text) is None

    instants, is_timestamp = timestamps_ns(["2025-10-02 23:59:57", text])
    assert [AT_57_NS, 0] == instants.tolist()
    assert [True, False] == is_timestamp.tolist()


def test_no_texts_are_no_instants() -> None:
    instants, is_timestamp = timestamps_ns([])

    assert (0, 0) == (len(instants), len(is_timestamp))


@given(
    st.datetimes(datetime(1700, 1, 1), datetime(2262, 1, 1)),
    st.integers(0, 999),
    st.sampled_from((" ", "T")),
    st.sampled_from(("", "Z")),
)
def test_reading_is_the_inverse_of_writing(
    moment: datetime, nanos: int, joint: str, zone: str
) -> None:
    text = f"{moment:%Y-%m-%d}{joint}{moment:%H:%M:%S.%f}{nanos:03d}{zone}"
    passed = moment.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    expected_ns = (passed.days * 86_400 + passed.seconds) * SECOND_NS
    expected_ns += passed.microseconds * 1000 + nanos

    assert expected_ns == one_ns(text)
