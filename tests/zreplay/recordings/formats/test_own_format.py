"""Our own format is known without any other having been read."""

import pytest

from zreplay.recordings.csv.csv_header import layouts_of_line
from zreplay.recordings.formats import known_formats, recognition
from zreplay.recordings.formats.format_options import NOTHING_SAID
from zreplay.recordings.formats.own_format import OWN, OWN_FORMAT


def test_it_is_one_of_the_known_formats_and_has_its_name() -> None:
    assert OWN_FORMAT in known_formats.known_formats()
    assert known_formats.format_named(OWN) is OWN_FORMAT is known_formats.format_named("ZReplay")


def test_a_file_of_our_columns_needs_no_other_format(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recognition, "known_formats", lambda: pytest.fail("others were read"))
    header = b"timestamp,ticker,ask_price,bid_price,latency_ms\n"

    layouts = layouts_of_line(header, "recordings/A_1_2025-10-02.csv", NOTHING_SAID)

    assert {OWN} == {layout.format for layout in layouts}
