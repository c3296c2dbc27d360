"""The two files of a day are one text, wherever it is read from."""

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import InputError
from zreplay.recordings.formats.format_options import NOTHING_SAID
from zreplay.recordings.lobster_bytes import LobsterBytes, best_levels, files_beside, is_of_lobster
from zreplay.recordings.recording_kind import open_recording
from zreplay.recordings.recording_layout import format_identity

NAME = "AAPL_2012-06-21_34200000_57600000_{}_10.csv"
LINES = 30_000
MESSAGES = [b"%d.004241176,1,16113575,18,5853300,1" % (34_200 + n // 3) for n in range(LINES)]
BOOK = [b"%d,200,5853300,18,5859800,200,5853000,150" % (5_859_400 + n) for n in range(LINES)]
TEXT = b"".join(
    message + b"," + b",".join(levels.split(b",")[:4]) + b"\n"
    for message, levels in zip(MESSAGES, BOOK, strict=True)
)


def written(folder: Path, messages: list[bytes], book: list[bytes], end: bytes = b"\n") -> Path:
    (folder / NAME.format("message")).write_bytes(end.join([*messages, b""]))
    path = folder / NAME.format("orderbook")
    path.write_bytes(end.join([*book, b""]))
    return path


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_any_place_is_what_lies_there(end: bytes, tmp_path: Path) -> None:
    reader = LobsterBytes(written(tmp_path, MESSAGES, BOOK, end))
    chance = random.Random(1)
    places = [(0, 100), (50, 1_000_000), (len(TEXT) - 10, 50), (5, 0), (0, 2 * len(TEXT))]
    places += [(chance.randrange(len(TEXT)), chance.randrange(400_000)) for _ in range(20)]

    for offset, size in places:
        found = reader.read(offset, size)

        assert TEXT[offset : offset + size] == found.data
        assert not found.is_last or offset + size >= len(TEXT)
    assert reader.read(len(TEXT), 10).is_last
    reader.close()


@given(st.text("1,\r\n", max_size=40).map(str.encode))
def test_the_best_level_is_the_first_four_fields_of_each_line(text: bytes) -> None:
    lines = text.split(b"\n")[:-1]

    found = best_levels(text[: text.rfind(b"\n") + 1])

    assert [b",".join(line.rstrip(b"\r").split(b",")[:4]) for line in lines] == found


def test_the_last_line_may_lack_its_end(tmp_path: Path) -> None:
    path = written(tmp_path, MESSAGES[:3], BOOK[:3])
    for file in (path, *files_beside(path)):
        file.write_bytes(file.read_bytes()[:-1])
    reader = LobsterBytes(path)

    assert 3 == reader.read(0, 1000).data.count(b"\n")
    reader.close()


@pytest.mark.parametrize("more", ["messages", "book"])
def test_a_file_that_has_more_lines_is_said(more: str, tmp_path: Path) -> None:
    counts = (5, 4) if more == "messages" else (4, 5)
    reader = LobsterBytes(written(tmp_path, MESSAGES[: counts[0]], BOOK[: counts[1]]))

    with pytest.raises(InputError, match="not as many lines") as refused:
        reader.read(0, 10_000)
    assert "Z408" == refused.value.code
    reader.close()


def test_each_file_alone_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, MESSAGES[:1], BOOK[:1])
    [messages] = files_beside(path)

    with pytest.raises(InputError, match="holds messages"):
        open_recording(messages, 0)
    messages.unlink()
    with pytest.raises(InputError, match="without its message file"):
        open_recording(path, 0)


def test_both_are_told_by_their_names() -> None:
    names = ("A_2012-06-21_1_2_orderbook_5.csv", "A_2012-06-21_1_2_message_5.csv", "orderbook.csv")

    assert [True, True, False] == [is_of_lobster(Path(name)) for name in names]
    assert [] == files_beside(Path("quotes.csv"))


def test_a_day_is_a_recording_of_its_ticker(tmp_path: Path) -> None:
    path = written(tmp_path, MESSAGES, BOOK)
    recording = open_recording(path, 0)

    blocks = []
    while (unparsed := recording.cut(100_000)) is not None:
        blocks.append(unparsed().source.block)
    assert LINES == sum(map(len, blocks))
    assert ("AAPL",) == blocks[0].ticker_names
    assert (1340285400004241176, 585.94) == (
        int(blocks[0].timestamp_ns[0]),
        float(blocks[0].ask_price[0]),
    )
    assert b"lobster" in format_identity(path, NOTHING_SAID)
    recording.close()
