"""A rejected row is shown as it is in the recording, with the place marked."""

from pathlib import Path

import pytest

from zreplay.quotes.rejection import (
    NEGATIVE,
    NOT_A_NUMBER,
    NOT_AN_INTEGER,
    Rejection,
    RowCode,
)
from zreplay.screen.rejected_text import MOST_ROWS, rejected_text

ROW = "7,2025-10-02 23:59:57.29,A,1,2,1O.1,1,5"


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "quotes.csv"
    path.write_text(f"header\n{ROW}\r\n{ROW}\n")
    return path


def shown(tmp_path: Path, *rejections: Rejection, files: tuple[Path, ...] = ()) -> list[str]:
    log = tmp_path / "rejected.log"
    log.write_bytes(b"".join(one.as_line() for one in rejections))
    return rejected_text(log, files, len(rejections)).splitlines()


def test_the_value_is_marked_in_its_row(tmp_path: Path, recording: Path) -> None:
    rejection = Rejection(str(recording), 2, 7, "bid_price", "1O.1", *NOT_A_NUMBER)

    assert [
        f"Z102 {recording}, line 2, column bid_price: not a number",
        f"    {ROW}",
        "                                   ^^^^",
    ] == shown(tmp_path, rejection, files=(recording,))


@pytest.mark.parametrize(
    ("column", "value"), [("ask_amount", "1"), ("", "1O.1"), ("bid_price", "9"), ("latency", "")]
)
def test_what_has_no_one_place_is_not_marked(
    tmp_path: Path, recording: Path, column: str, value: str
) -> None:
    rejection = Rejection(str(recording), 2, 7, column, value, *NEGATIVE)

    assert f"    {ROW}" == shown(tmp_path, rejection, files=(recording,))[-1]


def test_without_the_row_the_value_is_said(tmp_path: Path, recording: Path) -> None:
    gone = Rejection("gone.csv", None, 70, "index", 'x"\n', *NOT_AN_INTEGER)
    packed = tmp_path / "quotes.csv.gz"
    packed.write_bytes(b"not text")
    rejection = Rejection(str(packed), 3, 1, "index", "x", *NOT_AN_INTEGER)

    assert ['Z102 gone.csv, offset 70, column index: not an integer: "x\\"\\n"'] == shown(
        tmp_path, gone, files=(recording,)
    )
    assert [f'Z102 {packed}, line 3, column index: not an integer: "x"'] == shown(
        tmp_path, rejection, files=(packed,)
    )


def test_only_the_first_are_shown_and_the_others_counted(tmp_path: Path) -> None:
    rows = [Rejection("gone.csv", line, 0, "", "", "odd", RowCode.OTHER) for line in range(1, 2001)]
    *first, rest = shown(tmp_path, *rows)

    assert (MOST_ROWS, "and 1,997 more") == (len(first), rest)
    assert MOST_ROWS == len(shown(tmp_path, *rows[:MOST_ROWS]))


def test_no_control_character_reaches_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("\x1b[2J,1\n")
    rejection = Rejection(str(path), 1, 0, "index", "\x1b[2J", *NOT_AN_INTEGER)

    assert "\x1b" not in "".join(shown(tmp_path, rejection, files=(path,)))


@pytest.mark.parametrize("data", [None, b"", b"no json\n"])
def test_a_log_that_cannot_be_read_is_no_text(tmp_path: Path, data: bytes | None) -> None:
    log = tmp_path / "rejected.log"
    if data is not None:
        log.write_bytes(data)

    assert "" == rejected_text(log, (), 3)


@pytest.mark.parametrize("offset", [str(2**63), "9" * 5000, "-1", '"x"', "null"])
def test_what_is_no_rejection_shows_nothing(tmp_path: Path, recording: Path, offset: str) -> None:
    line = Rejection(str(recording), 2, 7, "bid_price", "1O.1", *NOT_A_NUMBER).as_line()
    log = tmp_path / "rejected.log"
    log.write_bytes(line.replace(b'"offset":7', b'"offset":' + offset.encode()))

    assert "" == rejected_text(log, (recording,), 1)
