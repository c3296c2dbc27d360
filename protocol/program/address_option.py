"""An option whose value is the address of a socket; an empty one is none."""

from collections.abc import Callable
from typing import Any

import click

from protocol.endpoint_check import check_endpoint
from protocol.program.checked_option import checked_by


def address_option(name: str, default: str, help: str) -> Callable[..., Any]:
    """Return the option, whose address is checked as it is read."""
    check = checked_by(check_endpoint)
    return click.option(name, default=default, metavar="ADDRESS", callback=check, help=help)
