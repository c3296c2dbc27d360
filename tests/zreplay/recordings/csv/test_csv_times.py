"""A column of times is what the form says of each of its texts, or is left to the judge."""

import numpy as np
import pyarrow as pa
import pytest

from tests.test_format_forms import ODD_FIELDS
from zreplay.quotes.rejection import Reason
from zreplay.recordings.csv.csv_times import column_type, instants_ns
from zreplay.recordings.formats.time_form import MAGNITUDES, TimeForm, day_ns

FORMS = {
    "ISO": (TimeForm(), "2025-10-02 23:59:57.290000"),
    "ISO of a zone": (TimeForm(zone="America/New_York"), "2025-10-02 23:59:57.290000"),
    "digits": (TimeForm("YYYYMMDD hhmmssf", zone="Etc/GMT+5"), "20251002 235957290"),
    "day first": (TimeForm("DD.MM.YYYY hh:mm:ss"), "02.10.2025 23:59:57"),
    "of a day": (TimeForm("hh:mm:ss", day_ns=day_ns("2025-10-02") or 0), "23:59:57.29"),
    "ms": (TimeForm("", "ms", MAGNITUDES["ms"]), "1759449597290"),
    "midnight": (TimeForm("", "ms", zone="Asia/Tokyo", day_ns=10**18), "1000"),
}


@pytest.mark.parametrize("name", FORMS)
def test_one_text_among_good_ones_is_read_alike_or_refused_or_odd(name: str) -> None:
    form, good = FORMS[name]
    for text in (good, *ODD_FIELDS):
        texts = [good, text, good]
        try:
            column = pa.array(texts).cast(column_type(form))
            found, is_odd = instants_ns(column, form)
        except pa.ArrowInvalid:
            continue
        expected = [form.instant_ns(each) for each in texts]
        for instant, value, odd in zip(expected, found.tolist(), is_odd.tolist(), strict=True):
            assert odd or instant == value, text
            assert odd or not isinstance(instant, Reason), text


@pytest.mark.parametrize("name", FORMS)
def test_good_texts_are_not_odd(name: str) -> None:
    form, good = FORMS[name]
    column = pa.array([good] * 3).cast(column_type(form))

    found, is_odd = instants_ns(column, form)

    assert [form.instant_ns(good)] * 3 == found.tolist()
    assert not np.any(is_odd)


def test_instants_of_arrow_are_what_they_are() -> None:
    column = pa.array([1, None, 3], pa.timestamp("ns"))

    found, is_odd = instants_ns(column, TimeForm())

    assert ([1, 0, 3], [False, True, False]) == (found.tolist(), is_odd.tolist())
