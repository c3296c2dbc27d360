"""Any value -> JSON; what is not UTF-8 in it is escaped.

Bytes of a file name that are not UTF-8 arrive as lone surrogates, which JSON cannot carry; they are
written as stderr writes them: `\\udcff`.
"""

from typing import Any

import msgspec


def json_bytes(value: Any) -> bytes:
    """Return the JSON of a value, whatever texts it holds."""
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        return msgspec.json.encode(with_utf8(msgspec.to_builtins(value)))


def with_utf8(value: Any) -> Any:
    """Return the value, lists and dictionaries all through, with each text as `utf8_text`."""
    if isinstance(value, str):
        return utf8_text(value)
    if isinstance(value, dict):
        return {with_utf8(name): with_utf8(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [with_utf8(one) for one in value]
    return value


def utf8_text(text: str) -> str:
    """Return the text with what is not UTF-8 escaped."""
    return text.encode("utf-8", "backslashreplace").decode()
