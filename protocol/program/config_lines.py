"""The line on which each table and key of a TOML file stands; `tomllib` does not say it.

The text is cut into its statements, and `tomllib` reads the name of each.
"""

import re
import tomllib
from collections.abc import Iterator
from typing import Any, Final

_TOKEN: Final = re.compile(
    r'"""(?:\\[\s\S]|[^\\])*?"{3,5}'
    r"|'''[\s\S]*?'{3,5}"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
    r"|#[^\n]*"
    r"|[\[\]{}\n]"
)
"""A string, a comment, a bracket or the end of a line: what says where a statement ends."""

Key = tuple[str, ...]


def lines_of(text: str) -> dict[Key, int]:
    """Return the line, from 1, on which each table and key first stands, by its path of names.

    `text` is valid TOML. What stands in an inline table has the line of that table's key.
    """
    lines: dict[Key, int] = {}
    table: Key = ()
    for line, statement in _statements(text):
        tree = tomllib.loads(statement)
        is_header = statement.startswith("[")
        if is_header:
            table = ()
        for key in _paths(tree):
            lines.setdefault((*table, *key), line)
        if is_header:
            table = max(_paths(tree), key=len)
    return lines


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Yield each header or key with its value, without what is blank, and its line."""
    text = text.replace("\r\n", "\n")
    begin, line, depth = 0, 1, 0
    for token in _TOKEN.finditer(text + "\n"):
        found = token.group()
        if found in "[{":
            depth += 1
        elif found in "]}":
            depth -= 1
        elif found == "\n" and depth == 0:
            statement = text[begin : token.end()]
            if (name := statement.strip()) and not name.startswith("#"):
                yield line, name
            begin, line = token.end(), line + statement.count("\n")


def _paths(tree: dict[str, Any]) -> Iterator[Key]:
    for name, value in tree.items():
        yield (name,)
        # An element of an array of tables, as `[[name]]` begins it.
        deeper = value[0] if isinstance(value, list) and value else value
        if isinstance(deeper, dict):
            for path in _paths(deeper):
                yield (name, *path)
