"""`zreplay doctor`: what is needed here, and who can be reached from here, a line each."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from protocol import endpoints
from protocol.errors import EXIT_DONE, LinkError
from protocol.json_text import json_bytes
from protocol.keys.role import CONTROL, SOCKETS
from protocol.program.answer import SCHEMA, give_answer
from protocol.program.key_options import allowed_option, key_option
from zreplay.commands.json_option import JSON_OPTION

if TYPE_CHECKING:
    from zreplay.commands.doctor_checks import Check

TIMEOUT_MS: Final = 4_000


def _address_options[Command: Any](command: Command) -> Command:
    for socket in reversed(SOCKETS):
        shown = f"  [default: {endpoints.CONTROL_ENDPOINT}]" if socket == CONTROL else ""
        help = f"Where {socket} should answer.{shown}"
        command = click.option(f"--{socket}", metavar="ADDRESS", help=help)(command)
    return command


def _that_may_be_away(check: "Check") -> "Check":
    """Return the check without its failure, if it is of an address that nobody gave."""
    is_away = check.name == CONTROL and check.exit_code == LinkError.exit_code
    return check._replace(state="warning", exit_code=0, code="") if is_away else check


@click.command()
@_address_options
@key_option
@allowed_option
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("logs/run"),
    help="The folder that is to be written.",
)
@JSON_OPTION
def doctor(key: str, allowed: str, out: Path, as_json: bool, **addresses: str | None) -> None:
    """Check this host, its key, and who can be reached from here.

    Each line is ok, warning or fails; the exit code is that of the first that fails. Nothing is
    taken from a replayer: of batches only the address is tried.

    \b
    Examples:
      zreplay doctor
      zreplay doctor --control tcp://replayer:5556 --sync tcp://sink:5558 --key replayer.key
    """
    from zreplay.commands.doctor_checks import checks_of

    asked = {socket: address for socket, address in addresses.items() if address}
    asked.setdefault(CONTROL, endpoints.CONTROL_ENDPOINT)
    checks = checks_of(asked, key, allowed, out, TIMEOUT_MS)
    if not addresses[CONTROL]:
        checks = [_that_may_be_away(check) for check in checks]
    failed = next((check for check in checks if check.exit_code), None)
    if as_json:
        rows = [check._asdict() for check in checks]
        said = {"schema": SCHEMA, "ok": failed is None, "checks": rows}
        if failed is not None:
            error = f"{failed.name}: {failed.what}"
            said |= {"code": failed.code, "error": error, "fix": failed.fix}
        give_answer(json_bytes(said).decode())
    else:
        give_answer("\n".join(check.line() for check in checks))
    sys.exit(EXIT_DONE if failed is None else failed.exit_code)
