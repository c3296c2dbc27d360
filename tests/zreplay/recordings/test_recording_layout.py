"""What stands where is told as the opened recording tells it, of a plain CSV with less."""

import gzip
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import InputError, ZreplayError
from tests.format_examples import EXAMPLES
from tests.object_server import stored_objects
from zreplay.recordings import recording_kind, recording_layout
from zreplay.recordings.csv.first_lines import USUAL_HEADER_BYTES
from zreplay.recordings.csv.known_heads import KnownHeads
from zreplay.recordings.file_stamp import stamp_from
from zreplay.recordings.formats.format_options import FormatOptions
from zreplay.recordings.gzip_bytes import GzipBytes
from zreplay.recordings.index.file_identity import stamp_of
from zreplay.recordings.input_paths import STANDARD_INPUT
from zreplay.recordings.object_path import ObjectPath
from zreplay.recordings.recording_kind import open_recording
from zreplay.recordings.recording_layout import (
    check_files,
    format_identity,
    layout_of,
    note_head,
)

CSV = (
    b"index,timestamp,ticker,ask_amount,ask_price,best_bid,bid_amount,latency\n"
    b"7,2025-10-02 00:00:00,T,1,1,0.5,1,1\n"
)
COLUMNS = FormatOptions({"bid_price": "best_bid"})
BYTES = st.one_of(
    st.binary(max_size=60),
    st.lists(st.sampled_from([*CSV.splitlines(True), b"\n", b"\xef\xbb\xbf", b"x,y\n", b"1"])).map(
        b"".join
    ),
)


def told(path: Path, columns: FormatOptions, *, is_opened: bool, beginning: int = 0) -> object:
    """Return the layout or the error's text; nothing but its `beginning` is known before."""
    with pytest.MonkeyPatch.context() as patch:
        heads = KnownHeads()
        patch.setattr(recording_kind, "KNOWN_HEADS", heads)
        patch.setattr(recording_layout, "KNOWN_HEADS", heads)
        try:
            if beginning:
                with path.open("rb") as file:
                    stamp = stamp_from(os.fstat(file.fileno()))
                    note_head(path, columns, stamp, file.read(beginning))
            if not is_opened:
                return layout_of(path, columns), heads._found.keys()
            with closing(open_recording(path, 0, columns)) as recording:
                return recording.layout, heads._found.keys()
        except ZreplayError as error:
            return error.code, error.what, error.fix


@pytest.mark.parametrize("name", EXAMPLES)
def test_each_format_is_told_as_the_opened_file_tells_it(tmp_path: Path, name: str) -> None:
    example = EXAMPLES[name]
    path = tmp_path / Path(example.name).name.removesuffix(".gz")
    path.write_text("".join(f"{line}\n" for line in (example.header, example.line) if line))

    expected = told(path, example.options, is_opened=True)
    assert expected == told(path, example.options, is_opened=False)


@given(content=BYTES, columns=st.sampled_from([COLUMNS, FormatOptions()]))
def test_whatever_the_first_bytes_are_the_same_is_told(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, columns: FormatOptions
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(content)
    expected = told(path, columns, is_opened=True)

    assert expected == told(path, columns, is_opened=False)
    assert expected == told(path, columns, is_opened=True, beginning=USUAL_HEADER_BYTES)
    assert expected == told(path, columns, is_opened=False, beginning=USUAL_HEADER_BYTES)


@given(comment=st.integers(3900, 4400), columns=st.sampled_from([COLUMNS, FormatOptions()]))
def test_a_beginning_that_does_not_say_it_all_says_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, comment: int, columns: FormatOptions
) -> None:
    path = tmp_path_factory.getbasetemp() / "long.csv"
    path.write_bytes(b"\n" * comment + CSV * 2)

    expected = told(path, columns, is_opened=True)
    for beginning in (100, USUAL_HEADER_BYTES):
        assert expected == told(path, columns, is_opened=False, beginning=beginning)


@given(
    lines=st.lists(st.sampled_from([*CSV.splitlines(True), b"\n", b"x,y\n"]), max_size=6),
    noise=st.integers(0, 9000),
    damage=st.none() | st.tuples(st.integers(0, 6000), st.integers(0, 255)),
    columns=st.sampled_from([COLUMNS, FormatOptions()]),
)
def test_whatever_a_gzip_begins_with_the_same_is_told(
    tmp_path_factory: pytest.TempPathFactory,
    lines: list[bytes],
    noise: int,
    damage: tuple[int, int] | None,
    columns: FormatOptions,
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv.gz"
    noisy = b"".join(
        b"%d,2025-10-02 00:00:00\n" % (n * 7919**3 % 10**9) for n in range(noise // 30)
    )
    packed = bytearray(gzip.compress(b"".join(lines) + noisy))
    if damage is not None:
        packed[damage[0] % len(packed)] = damage[1]
    path.write_bytes(packed)
    expected = told(path, columns, is_opened=True)

    for beginning in (USUAL_HEADER_BYTES, 10**6):
        assert expected == told(path, columns, is_opened=True, beginning=beginning)
        assert expected == told(path, columns, is_opened=False, beginning=beginning)


def test_what_the_beginning_of_a_gzip_says_need_not_be_unpacked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, heads = tmp_path / "a.csv.gz", KnownHeads()
    rows = b"".join(
        b"%d,2025-10-02 00:00:00,T,1,1,1,1,1\n" % (n * 7919**3 % 10**9) for n in range(999)
    )
    path.write_bytes(gzip.compress(CSV + rows))
    monkeypatch.setattr(recording_layout, "KNOWN_HEADS", heads)
    stamp = stamp_of(path)
    assert stamp is not None
    note_head(path, COLUMNS, stamp, path.read_bytes()[:USUAL_HEADER_BYTES])
    known = heads.find(str(path), COLUMNS, stamp)

    assert known is not None
    assert (CSV.index(b"\n") + 1, 1, GzipBytes) == (*known.head[:2], known.open_packed)


def test_what_a_beginning_says_need_not_be_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(CSV)
    heads = KnownHeads()
    monkeypatch.setattr(recording_layout, "KNOWN_HEADS", heads)
    stamp = stamp_of(path)
    assert stamp is not None
    note_head(path, COLUMNS, stamp, CSV)
    known = heads.find(str(path), COLUMNS, stamp)

    assert known is not None
    assert (CSV.index(b"\n") + 1, 1) == known.head[:2]


def test_what_it_says_is_known_to_who_opens_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(CSV)
    (layout,) = check_files([path], COLUMNS)
    monkeypatch.delattr("zreplay.recordings.csv.first_lines.FirstLines.head")
    with closing(open_recording(path, 0, COLUMNS)) as recording:
        assert recording.layout is layout
    assert [layout] == check_files([path], COLUMNS)


def test_a_plain_csv_is_told_without_numpy(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(CSV.replace(b"best_bid", b"bid_price"))
    code = (
        "import sys; from pathlib import Path;"
        "from zreplay.recordings.recording_layout import check_files, format_identity;"
        "path = Path(sys.argv[1]); assert check_files([path])[0]; format_identity(path, check_files"
        ".__defaults__[0]); print('numpy' in sys.modules)"
    )
    command = [sys.executable, "-c", code, str(path)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)

    assert "False\n" == run.stdout


def test_standard_input_shows_later() -> None:
    assert [] == check_files([STANDARD_INPUT])


def test_a_format_stays_known_as_long_as_the_stamp_of_its_file(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    header, stamps = "timestamp,ticker,ask_price,bid_price,latency\n", []
    found = []
    for number in ("1759449597", "1759449597290"):
        path.write_text(f"{header}{number},T,1,1,1\n")
        stamps.append(stamp_of(path))
        found += [format_identity(path, FormatOptions(), (stamps[-1],)) for _ in range(2)]
    without = format_identity(path, FormatOptions(latency="none"), (stamps[-1],))

    assert found[0] == found[1] != found[2] == found[3]
    assert without not in found
    assert b"" == format_identity(tmp_path / "nowhere", FormatOptions())


def test_an_object_is_what_its_first_bytes_say() -> None:
    with stored_objects() as store:
        store.objects = {"a.csv": CSV, "b": gzip.compress(CSV)}
        paths = [ObjectPath(f"s3://bucket/{key}") for key in ("a.csv", "b")]
        layouts = check_files(paths, COLUMNS)

        assert ["zreplay", "zreplay"] == [layout.format for layout in layouts if layout]


def test_an_object_that_cannot_be_read_now_has_no_other_format_for_it() -> None:
    with stored_objects() as store:
        store.objects, store.is_refusing = {"a.csv": CSV}, True
        with pytest.raises(InputError, match="access is denied"):
            format_identity(ObjectPath("s3://bucket/a.csv"), FormatOptions())
