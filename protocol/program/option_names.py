"""Options by their names, as they are typed and as a misspelled one is answered."""

import difflib
from collections.abc import Iterable

import click


def written(option: click.Option) -> str:
    """Return an option's name as it is typed, without the dashes."""
    return max(option.opts, key=len).lstrip("-")


def nearest(key: str, known: Iterable[str]) -> str:
    """Return what to do about a name that is none: the one that was meant, or all."""
    known = sorted(known)
    wanted = key if key.isupper() else key.replace("_", "-")
    nearest = difflib.get_close_matches(wanted, known, n=1)
    return f"did you mean {nearest[0]}?" if nearest else f"known settings: {', '.join(known)}"
