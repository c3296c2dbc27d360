"""A line says what the first file was taken for, unless that is the usual."""

from pathlib import Path

import pytest

from zreplay.commands.format_line import say_format
from zreplay.recordings.formats.format_options import NOTHING_SAID

WITHOUT = "timestamp,ticker,ask_price,bid_price\n2025-10-02 00:00:00,A,2,1\n"
WITH_ONE = "timestamp,ticker,ask_price,bid_price,latency\n2025-10-02 00:00:00,A,2,1,7\n"


@pytest.mark.parametrize(
    ("text", "is_modelled", "is_said", "is_hinted"),
    [
        (WITH_ONE, False, False, False),
        (WITHOUT, False, True, True),
        (WITHOUT, True, True, False),
        ("a,b\n1,2\n", False, False, False),  # whoever reads it says why
    ],
)
def test_it_is_said_once_with_what_could_be_assumed(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    text: str,
    is_modelled: bool,
    is_said: bool,
    is_hinted: bool,
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text)
    say_format([path, tmp_path / "b.csv"], NOTHING_SAID, is_modelled=is_modelled)

    said = capsys.readouterr().err
    assert (is_said, is_hinted) == (said.startswith("format: zreplay"), "constant:5ms" in said)
    assert said.count("\n") == is_said
