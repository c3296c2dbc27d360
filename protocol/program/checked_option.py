"""An option whose value is checked as it is read: `config show` refuses what its command would."""

from collections.abc import Callable
from typing import Any

import click


def checked_by(check: Callable[[Any], None]) -> Callable[..., Any]:
    """Return the callback of an option whose value, if there is one, `check` may refuse."""

    def callback(context: click.Context, parameter: click.Parameter, value: Any) -> Any:
        if value is not None:
            check(value)
        return value

    return callback
