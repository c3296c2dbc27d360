"""A pooled file is read as any other, wherever its reader goes."""

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import InputError
from zreplay.recordings import pooled_file
from zreplay.recordings.pooled_stream import PooledStream

CONTENT = bytes(range(200))

steps = st.lists(
    st.tuples(st.just("read"), st.none() | st.integers(-1, 300))
    | st.tuples(st.just("seek"), st.integers(0, 250)),
    max_size=20,
)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("a") / "a"
    path.write_bytes(CONTENT)
    return path


@given(steps)
def test_it_reads_what_a_file_in_memory_does(path: Path, steps: list[tuple[str, int]]) -> None:
    plain = io.BytesIO(CONTENT)
    with PooledStream(path) as stream:
        for name, number in steps:
            assert getattr(plain, name)(number) == getattr(stream, name)(number)
            assert plain.tell() == stream.tell()


@pytest.mark.parametrize("whence", [io.SEEK_SET, io.SEEK_CUR, io.SEEK_END])
def test_a_place_is_counted_from_where_it_is_said(path: Path, whence: int) -> None:
    plain = io.BytesIO(CONTENT)
    with PooledStream(path) as stream:
        plain.seek(50), stream.seek(50)

        assert plain.seek(0, whence) == stream.seek(0, whence)
        assert (len(CONTENT), True, True) == (
            stream.size_bytes,
            stream.readable(),
            stream.seekable(),
        )


def test_one_that_is_closed_holds_no_descriptor(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pooled_file, "_IDLE", pooled_file._Idle())
    stream = PooledStream(path)
    stream.read(1)
    assert 1 == len(pooled_file._IDLE._files)
    stream.close()
    stream.close()

    assert 0 == len(pooled_file._IDLE._files)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        PooledStream(tmp_path / "none")
