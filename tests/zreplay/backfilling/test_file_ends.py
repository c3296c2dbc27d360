"""What stands for a file wherever it is."""

import os
from pathlib import Path

import pytest

from protocol.errors import InputError
from zreplay.backfilling.file_ends import check_ends, ends_of


def test_a_copy_is_the_same_and_one_that_is_cut_short_is_not(tmp_path: Path) -> None:
    first, copy, short = (tmp_path / name for name in ("first", "copy", "short"))
    data = os.urandom(20_000)
    first.write_bytes(data)
    copy.write_bytes(data)
    os.utime(copy, ns=(1, 1))
    short.write_bytes(data[:-1])

    assert ends_of(first) == ends_of(copy) != ends_of(short)
    check_ends(copy, ends_of(first))
    with pytest.raises(InputError, match="short: on .* it is another file") as found:
        check_ends(short, ends_of(first))
    assert ("Z401", True) == (found.value.code, found.value.may_pass)


def test_one_that_is_not_there_is_said_if_it_is_expected(tmp_path: Path) -> None:
    gone = tmp_path / "gone"

    assert ends_of(gone) is None
    check_ends(gone, None)
    with pytest.raises(InputError, match="gone: on .* it cannot be read"):
        check_ends(gone, "expected")
