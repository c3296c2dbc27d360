"""What was found of a file is of one stamp, and what is told is heard by who is told."""

import pickle
from contextlib import closing
from pathlib import Path

import pytest

from tests.zreplay.recordings.csv.test_known_heads import PACKINGS
from zreplay.recordings import seen_files
from zreplay.recordings.csv.known_heads import KNOWN_HEADS
from zreplay.recordings.formats.format_options import NOTHING_SAID
from zreplay.recordings.index.file_identity import stamp_of
from zreplay.recordings.recording_kind import open_recording
from zreplay.recordings.recording_layout import IDENTITIES
from zreplay.recordings.seen_files import FEW_FILES, SeenFiles, hear, told


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> SeenFiles[int, str]:
    monkeypatch.setattr(seen_files, "_TOLD", {})
    return SeenFiles[int, str](name="seen")


def test_what_was_found_is_of_one_file_as_it_was_and_of_what_was_said(
    seen: SeenFiles[int, str],
) -> None:
    seen.note("a", 1, "stamp", "found")

    assert "found" == seen.find("a", 1, "stamp")
    others = [("a", 1, "other"), ("a", 2, "stamp"), ("b", 1, "stamp"), ("a", 1, None)]
    assert [None] * 4 == [seen.find(*other) for other in others]


def test_there_is_no_more_than_may_be_kept() -> None:
    seen = SeenFiles[int, str](most=2)
    for name in "abc":
        seen.note(name, 1, "stamp", "found")

    assert [None, None, "found"] == [seen.find(name, 1, "stamp") for name in "abc"]
    seen.clear()
    assert None is seen.find("c", 1, "stamp")


def test_what_was_found_last_is_known_whatever_a_file_is_by_now() -> None:
    seen = SeenFiles[int, str]()
    for stamp in ("stamp", "other"):
        seen.note("a", 1, stamp, f"found with {stamp}")

    assert [None, "found with other"] == [seen.find("a", 1, "stamp"), seen.last("a", 1)]
    assert [None, None] == [seen.last("a", 2), seen.last("b", 1)]


def test_another_process_knows_what_it_is_told_and_what_it_knew(
    seen: SeenFiles[int, str],
) -> None:
    for number in range(FEW_FILES + 1):
        seen.note(f"{number}", 1, "stamp", f"found {number}")
    data = told()
    seen.clear()
    seen.note("own", 1, "stamp", "found")
    hear(data)

    assert ["found", "found 0", "found 16"] == [
        seen.find(name, 1, "stamp") for name in ("own", "0", "16")
    ]


def test_nothing_is_told_of_few_files_nor_heard(seen: SeenFiles[int, str]) -> None:
    for number in range(FEW_FILES):
        seen.note(f"{number}", 1, "stamp", "found")
    hear(b"")

    assert b"" == told()
    assert "found" == seen.find("0", 1, "stamp")


def test_what_this_process_has_no_place_for_is_not_heard(seen: SeenFiles[int, str]) -> None:
    hear(pickle.dumps({"another": {1: {"a": ("stamp", "found")}}}))

    assert {} == seen._found


def test_heads_and_identities_are_told() -> None:
    assert {"heads": KNOWN_HEADS, "identities": IDENTITIES}.items() <= seen_files._TOLD.items()


@pytest.mark.parametrize("packing", PACKINGS)
def test_how_a_file_is_packed_is_told_too(tmp_path: Path, packing: str) -> None:
    text = b"timestamp,ticker,ask_price,bid_price,latency\n1759449597,T,1,1,1\n"
    paths = [tmp_path / f"{number}.csv" for number in range(FEW_FILES + 1)]
    for path in paths:
        path.write_bytes(PACKINGS[packing](text))
        open_recording(path, 0).close()
    data = told()
    KNOWN_HEADS.clear()
    hear(data)
    stamp = stamp_of(paths[-1])
    known = KNOWN_HEADS.find(str(paths[-1]), NOTHING_SAID, stamp)
    with closing(open_recording(paths[-1], 0)) as recording:
        unparsed = recording.cut(1000)

    assert known is not None and unparsed is not None
    assert (packing == "plain") == (known.open_packed is None)
    assert [1.0] == unparsed().source.block.ask_price.tolist()
