"""An event and its fields -> their text in the diagnostics; none of it controls a terminal."""

import json
from collections.abc import Mapping
from typing import Any


def fields_text(fields: Mapping[str, Any]) -> str:
    """Return the fields as they stand behind the event: `  worker=host:4121`."""
    return "".join(f"  {name}={_plain(value)}" for name, value in fields.items())


def line_text(text: str) -> str:
    """Return the text with everything unprintable escaped, line breaks too."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


def _plain(value: Any) -> str:
    text = str(value)
    return text if text.isprintable() and text and " " not in text else json.dumps(text)


def printable(text: str) -> str:
    """Return the text without control characters: a peer must not control the terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)
