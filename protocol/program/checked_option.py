"""An option whose value is checked as it is read: `config show` refuses what its command would."""

from collections.abc import Callable
from typing import Any

import click

from protocol.errors import SettingsError, ZreplayError


def checked_by(check: Callable[..., object], *more: object) -> Callable[..., Any]:
    """Return the callback of an option whose value, if there is one, `check` may refuse.

    The value is parsed again later. A default is valid: its parser is not even imported.
    """

    def callback(context: click.Context, option: click.Parameter, value: Any) -> Any:
        if value not in (None, (), option.default):
            try:
                check(value, *more)
            except SettingsError as error:
                raise _at_its_place(context, option, error) from error
        return value

    return callback


def _at_its_place(
    context: click.Context, option: click.Parameter, error: SettingsError
) -> ZreplayError:
    """Return the error with the variable or the line of a file that the value is from."""
    from protocol.program.config_command import place_of

    place = place_of(context, option)
    if not place:
        return error
    return type(error)(f"{error.what} (from {place})", fix=error.fix, code=error.code)
