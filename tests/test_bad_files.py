"""A bad file of any format is one clear error, or its rows are counted: none is lost in silence."""

import gzip
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import asdict

import zreplay
from protocol.errors import InputError
from tests.format_examples import EXAMPLES, Example

ROWS = 20
LINE_ENDS_HERE = b"\n"
RUBBISH = bytes(number for number in range(256) if number != LINE_ENDS_HERE[0])
OF_TWO_FILES = "lobster"
MESSAGES = "AAPL_2012-06-21_34200000_57600000_message_10.csv"


class Account:
    """What a file of a format comes to: its quotes, and the lines that are none."""

    def __init__(self, example: Example, folder: Path) -> None:
        self.example = example
        self.folder = folder
        self.line = example.line.encode()
        if example.format == OF_TWO_FILES:
            *message, _, _, _, _ = self.line.split(b",")
            (folder / MESSAGES).write_bytes(b"".join([b",".join(message) + b"\n"] * ROWS))
            self.line = b",".join(self.line.split(b",")[-4:])
        self.header = [example.header.encode()] if example.header else []

    def text(self, *lines: bytes) -> bytes:
        return b"".join(line + b"\n" for line in (*self.header, *lines))

    def of(self, data: bytes, suffix: str = "") -> dict[str, Any]:
        """Return what `convert` says of a file of these bytes; it must be one of this format."""
        name = Path(self.example.name).name.removesuffix(".gz")
        path = self.folder / (name + suffix)
        path.write_bytes(data)
        said = {name: value for name, value in asdict(self.example.options).items() if value}
        said.pop("latency")
        return zreplay.convert(path, to=self.folder / "out.csv", force=True, **said)

    def counts(self, data: bytes, suffix: str = "") -> tuple[int, int, int]:
        found = self.of(data, suffix)
        return found["quotes"], found["rejected"], found["left_out"]


@pytest.fixture(params=EXAMPLES)
def account(request: pytest.FixtureRequest, tmp_path: Path) -> Account:
    return Account(EXAMPLES[request.param], tmp_path)


@pytest.fixture(
    params=[name for name, each in EXAMPLES.items() if each.format != OF_TWO_FILES],
)
def text_account(request: pytest.FixtureRequest, tmp_path: Path) -> Account:
    return Account(EXAMPLES[request.param], tmp_path)


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(InputError) as raised:
        act()
    assert raised.value.what and raised.value.fix
    return f"{raised.value.code}: {raised.value.what}"


def test_a_last_line_that_is_cut_off_is_rejected(account: Account) -> None:
    whole = account.text(*[account.line] * ROWS)

    assert (ROWS, 0, 0) == account.counts(whole)
    assert (ROWS - 1, 1, 0) == account.counts(whole[: -len(account.line) // 2 - 1])


def test_rubbish_between_the_rows_is_rejected_line_by_line(text_account: Account) -> None:
    half = [text_account.line] * (ROWS // 2)
    rubbish = RUBBISH, RUBBISH[::-1], b"\x00" * 300

    assert (ROWS, 3, 0) == text_account.counts(text_account.text(*half, *rubbish, *half))


def test_rows_of_other_formats_are_rejected(text_account: Account) -> None:
    line, format = text_account.line, text_account.example.format
    others = [
        each.line.encode()
        for each in EXAMPLES.values()
        if each.format not in (format, OF_TWO_FILES) and _is_another(each, text_account.example)
    ]
    counts = text_account.counts(text_account.text(line, *others, line))

    assert len(others) > 5
    assert (2, len(others), 0) == counts


def _is_another(one: Example, other: Example) -> bool:
    """Tell whether lines have different numbers of fields: a line alone says no more."""
    delimiter = other.layout.delimiter
    return one.line.count(delimiter) != other.line.count(delimiter)


def test_without_a_row_there_is_no_quote_or_nothing_that_tells_the_format(
    text_account: Account,
) -> None:
    if text_account.header:
        assert (0, 0, 0) == text_account.counts(text_account.text())
    assert refusal(lambda: text_account.of(b"")).endswith("the file is empty")


def test_a_header_of_another_format_is_refused(text_account: Account) -> None:
    data = b"\n".join([b"name,size,colour", *[text_account.line] * ROWS, b""])

    assert refusal(lambda: text_account.of(data)).startswith("Z402")


def test_one_member_of_a_zip_is_read_and_two_or_a_gz_are_refused(text_account: Account) -> None:
    data = text_account.text(*[text_account.line] * ROWS)

    def zipped(**members: bytes) -> bytes:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            for name, content in members.items():
                archive.writestr(name, content)
        return file.getvalue()

    assert (ROWS, 0, 0) == text_account.counts(zipped(a=data), ".zip")
    for members, words in (
        ({"a": data, "b": data}, "the archive holds 2 files, expected one"),
        ({}, "the archive holds 0 files, expected one"),
        ({"a.gz": gzip.compress(data)}, "the archive holds a.gz, which is compressed itself"),
    ):
        packed = zipped(**members)
        assert words in refusal(lambda packed=packed: text_account.of(packed, ".zip"))


def test_a_gz_that_is_cut_off_or_holds_another_is_refused(text_account: Account) -> None:
    packed = gzip.compress(text_account.text(*[text_account.line] * ROWS))

    assert (ROWS, 0, 0) == text_account.counts(packed, ".gz")
    assert refusal(lambda: text_account.of(packed[:-9], ".gz")).startswith("Z408")
    assert refusal(lambda: text_account.of(gzip.compress(packed), ".gz")).startswith("Z402")
