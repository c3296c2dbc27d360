"""The fields of an event -> their text, as diagnostics show it."""

import json
from collections.abc import Mapping
from typing import Any


def fields_text(fields: Mapping[str, Any]) -> str:
    """Return the fields as they stand behind the event: `  worker=host:4121`."""
    return "".join(f"  {name}={_plain(value)}" for name, value in fields.items())


def _plain(value: Any) -> str:
    text = str(value)
    return text if text.isprintable() and text and " " not in text else json.dumps(text)
