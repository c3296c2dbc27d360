"""Files are cut up to their ends, and what is said to be the last of one is."""

import gzip
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, cast

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import InputError
from zreplay.historical.files_to_cut import FilesToCut
from zreplay.recordings.recording import Recording, Unparsed
from zreplay.recordings.recording_kind import open_recording

HEADER: Final = b"index,timestamp,ticker,ask_amount,ask_price,bid_price,bid_amount,latency\n"
ROW: Final = b"%d,2025-10-02 00:00:00,T,1,1,1,1,1\n"
PACK: Final[dict[str, Callable[[bytes], bytes]]] = {
    "plain": bytes,
    "gzip": gzip.compress,
    "zstd": lambda data: pa.compress(data, codec="zstd", asbytes=True),
}


class Cuts:
    """A file of which each cut is one of these; an exception is raised."""

    def __init__(self, *cuts: object) -> None:
        self._cuts = [*cuts]

    def cut(self, _: int) -> Any:
        cut = self._cuts.pop(0)
        if isinstance(cut, Exception):
            raise cut
        return cut


def block() -> Any:
    raise AssertionError("nobody parses it")


def test_it_has_ended_once_nothing_is_cut_and_is_not_cut_again() -> None:
    files = FilesToCut(cast(list[Recording], [Cuts(block, None), Cuts(block)]))

    assert [block, None, None] == [files.cut(0, 1) for _ in range(3)]
    assert [True, False] == [files.has_ended(number) for number in (0, 1)]


def test_it_has_ended_at_an_error_until_it_is_forgotten() -> None:
    files = FilesToCut(cast(list[Recording], [Cuts(InputError("x", fix="", code="Z408"), block)]))
    with pytest.raises(InputError):
        files.cut(0, 1)

    assert (True, None) == (files.has_ended(0), files.cut(0, 1))
    files.forget(0)
    assert (False, block) == (files.has_ended(0), files.cut(0, 1))


def cut_to_its_end(recording: Recording, block_bytes: int) -> list[Unparsed]:
    """Return the cuts of a file, which is asked until it gives none."""
    cuts = []
    while (cut := recording.cut(block_bytes)) is not None:
        cuts.append(cut)
    return cuts


@given(
    st.lists(st.sampled_from([ROW % 1, ROW % 10**9, b"\n", b"odd\n"]), max_size=40),
    st.sampled_from([b"", b"\n", ROW[:-1] % 7, b"odd"]),
    st.sampled_from([1, 40, 100, 333, 10**6]),
    st.sampled_from([*PACK]),
)
def test_whatever_is_in_a_file_all_of_it_is_cut(
    rows: list[bytes], end: bytes, block_bytes: int, kind: str
) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_bytes(PACK[kind](HEADER + b"".join(rows) + end))
        one, other = open_recording(path, 0), open_recording(path, 0)
        files, cuts = FilesToCut([one]), list[Unparsed]()
        while not files.has_ended(0):
            if (cut := files.cut(0, block_bytes)) is not None:
                cuts.append(cut)
        expected = cut_to_its_end(other, block_bytes)

        assert other.place == one.place
        assert [cut().source.end for cut in expected] == [cut().source.end for cut in cuts]
        one.close()
        other.close()
