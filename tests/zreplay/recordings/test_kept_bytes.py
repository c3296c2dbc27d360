"""What is kept of a file is what stands there, in bounds."""

from random import Random

import pytest

from zreplay.recordings import kept_bytes
from zreplay.recordings.byte_reader import FileBytes
from zreplay.recordings.kept_bytes import KeptBytes

TEXT = b"".join(b"%d\n" % number for number in range(1000))


def fill(kept: KeptBytes, file: str, start: int, end: int, step: int = 100) -> None:
    """Keep some of the text, read in pieces that begin before the last one ended."""
    kept.begin(file, start)
    for at in range(start, end, step - 10):
        data = TEXT[at : min(at + step, end)]
        kept.add(file, at, FileBytes(data, is_last=at + len(data) == len(TEXT)))


def test_from_where_it_was_kept_on_it_gives_what_stands_there_or_nothing() -> None:
    kept, chance = KeptBytes(), Random(1)
    fill(kept, "a", 500, len(TEXT))
    for _ in range(300):
        at, most_bytes = chance.randrange(len(TEXT) + 1), chance.randrange(1, 2000)
        data = TEXT[at : at + most_bytes]
        expected = None if at < 500 else FileBytes(data, at + len(data) == len(TEXT))
        assert expected == kept.read("a", at, most_bytes)
    assert kept.read("b", 600, 10) is None


def test_where_no_line_is_left_it_has_nothing() -> None:
    kept = KeptBytes()
    end = TEXT.find(b"\n", 1000)
    fill(kept, "a", 500, end)
    last = TEXT.rfind(b"\n", 0, end) + 1

    assert FileBytes(TEXT[900:end], is_last=False) == kept.read("a", 900, 5000)
    assert FileBytes(TEXT[last : last + 1], is_last=False) == kept.read("a", last, 1)
    assert kept.read("a", last, 5000) is None


def test_what_does_not_follow_is_not_kept() -> None:
    kept = KeptBytes()
    kept.begin("a", 500)
    kept.add("a", 501, FileBytes(TEXT[501:600], is_last=False))
    kept.add("a", 499, FileBytes(TEXT[499:600], is_last=False))
    kept.add("b", 500, FileBytes(TEXT[500:600], is_last=False))

    assert [None, None] == [kept.read(file, 500, 50) for file in "ab"]


def test_more_than_there_is_room_for_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_bytes, "MOST_BYTES", 1000)
    monkeypatch.setattr(kept_bytes, "MOST_BYTES_OF_ALL", 1500)
    kept = KeptBytes()
    fill(kept, "a", 0, 3000)
    data = kept.read("a", 0, 5000)
    assert data is not None
    assert 900 < len(data.data) <= 1000

    fill(kept, "b", 0, 800)
    assert [True, False] == [kept.read(file, 0, 10) is None for file in "ab"]


def test_whoever_comes_to_its_end_from_afar_does_not_take_its_place() -> None:
    kept = KeptBytes()
    fill(kept, "a", 500, 900)
    kept.begin("a", 900)
    assert FileBytes(TEXT[500:510], is_last=False) == kept.read("a", 500, 10)

    kept.begin("a", 901)
    assert kept.read("a", 500, 10) is None
