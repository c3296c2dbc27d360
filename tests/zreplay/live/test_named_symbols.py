"""A symbol is named where it stands as a whole word, and nowhere else."""

import pytest

from zreplay.live.named_symbols import named_in


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no A.B here", ["A.B"]),
        ("AXB is another one, and so are A.B_ and 1A.B", []),
        ("channel:bbo,instId:A.B doesn't exist", ["A.B"]),
        ("['A.B', \"C\"]", ["A.B", "C"]),
        ("", []),
    ],
)
def test_a_symbol_is_named_as_a_whole_word_only(text: str, expected: list[str]) -> None:
    assert expected == named_in(text, ["A.B", "C"])
