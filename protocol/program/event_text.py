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


def shown_text(text: str) -> str:
    """Return a text of any lines, or JSON, with all that controls a terminal as `\\uXXXX`.

    JSON means the same then: what JSON does not escape itself stands in its strings only.
    """
    odd = {letter for letter in set(text) if not letter.isprintable()} - {"\n", "\t"}
    if not odd:
        return text
    return text.translate({ord(letter): json.dumps(letter)[1:-1] for letter in odd})


def _plain(value: Any) -> str:
    text = str(value)
    return text if text.isprintable() and text and " " not in text else json.dumps(text)


def printable(text: str) -> str:
    """Return the text without control characters: a peer must not control the terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)
