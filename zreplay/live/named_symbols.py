"""Which symbols the text of a venue names. Pure."""

import re
from collections.abc import Iterable
from typing import Final

_PART_OF_NAME: Final = r"[A-Za-z0-9_]"


def named_in(text: str, symbols: Iterable[str]) -> list[str]:
    """Return the symbols that a text names as a whole word."""
    return [
        name
        for name in symbols
        if name in text
        and re.search(rf"(?<!{_PART_OF_NAME}){re.escape(name)}(?!{_PART_OF_NAME})", text)
    ]
