"""`zreplay ctl` on the command line: a command for each verb of the table.

zreplay/commands/ctl.py asks and prints.
"""

import re
import secrets
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

import click

from protocol import endpoints
from protocol.endpoint_check import check_endpoint
from protocol.errors import SettingsError
from protocol.program.checked_option import checked_by
from protocol.program.seconds_option import Seconds
from zreplay.commands.json_option import JSON_HELP, JSON_OPTION
from zreplay.controls.verb_table import VERBS, Verb

LONGEST_TIMEOUT_SECONDS: Final = 3600
_AGO: Final = re.compile(r"-[\d.]", re.ASCII)
RELATIVE: Final = ("step", "seek")
"""What would be done twice if it were asked for again; a request has an id for that."""
ID_OPTION: Final = click.option(
    "--id", "request_id", metavar="ID", help="With the ID of a request before, that is done once."
)

TICKERS_OPTION: Final = click.option(
    "--tickers", is_flag=True, help="What is committed of each ticker, from the table in --out."
)


def _check_timeout(timeout: float) -> None:
    if not 0 <= timeout <= LONGEST_TIMEOUT_SECONDS:
        raise SettingsError(
            f"--timeout was {timeout}, expected 0 to {LONGEST_TIMEOUT_SECONDS} seconds",
            fix="--timeout 2",
            code="Z203",
        )


def _target_options[Command: Callable[..., Any]](
    command: Command, timeout: float | None = 2.0, **more: Any
) -> Command:
    """Add the options that name the replayer; those given after a verb take precedence."""
    options = (
        click.option(
            "--control",
            metavar="ADDRESS",
            help=f"[default: {endpoints.CONTROL_ENDPOINT}]",
            **{"callback": checked_by(check_endpoint), **more},
        ),
        click.option(
            "--out",
            type=click.Path(path_type=Path),
            help="Control the run in this folder.",
            **more,
        ),
        click.option(
            "--key", metavar="FILE", help="The key, where the replayer asks for one.", **more
        ),
        click.option(
            "--timeout",
            type=Seconds(),
            metavar="TIME",
            default=timeout,
            help="How long to wait for an answer, in seconds.",
            **{"callback": checked_by(_check_timeout), **more},
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def _overrule(context: click.Context, option: click.Parameter, value: Any) -> None:
    if value is not None:
        context.obj[option.name] = value


def _also_as_json(context: click.Context, option: click.Parameter, value: bool) -> None:
    if value:
        context.obj["as_json"] = True


@click.group()
@_target_options
@JSON_OPTION
@click.pass_context
def ctl(context: click.Context, /, **target: Any) -> None:
    """Control a running replayer: mode, speed, pause, seek, status.

    Every answer has state and position.

    \b
    Examples:
      zreplay ctl mode live
      zreplay ctl speed 10
      zreplay ctl --out logs/run status --json
    """
    context.obj = target


def _endpoint(target: dict[str, Any]) -> str:
    from zreplay.supervision.run_folder import control_endpoint_of

    if target["control"]:
        return str(target["control"])
    return control_endpoint_of(target["out"]) if target["out"] else endpoints.CONTROL_ENDPOINT


def _folder(target: dict[str, Any]) -> Path:
    """Return the folder with the results of a run."""
    if target["out"] is None:
        raise SettingsError(
            "tickers are counted in the table that the run writes, and no folder is named",
            fix="--out DIR; of separate parts --control ADDRESS too",
            code="Z203",
        )
    return Path(target["out"])


def _timeout_ms(target: dict[str, Any]) -> int:
    timeout: float = target["timeout"]
    _check_timeout(timeout)
    return max(1, int(timeout * 1000))


def _values(
    verb: Verb, context: click.Context, option: click.Parameter, incomplete: str
) -> list[str]:
    """Return the words that a verb takes and that begin so."""
    words = [word for word in verb.value.split("|") if word.islower()]
    return [word for word in words if word.startswith(incomplete)]


class _VerbCommand(click.Command):
    """A command whose value may be a time before now; `-1h` is not `-1 -h`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Have what begins with a minus and a digit stand behind all options."""
        valued = {name for each in self.params if not _is_flag(each) for name in each.opts}
        others: list[str] = []
        ago: list[str] = []
        if "--" in args:
            return super().parse_args(ctx, args)
        for arg, last in zip(args, ["", *args], strict=False):
            (ago if _AGO.match(arg) and last not in valued else others).append(arg)
        return super().parse_args(ctx, [*others, *(["--", *ago] if ago else [])])


def _is_flag(parameter: click.Parameter) -> bool:
    return isinstance(parameter, click.Option) and parameter.is_flag


def _command(name: str, verb: Verb) -> click.Command:
    """Return a verb as a command of `ctl`; its value may begin with a minus."""

    def ask(
        target: dict[str, Any],
        value: str = "",
        tickers: bool = False,
        request_id: str | None = None,
    ) -> None:
        from zreplay.commands.ctl import ask_replayer

        once = (request_id or secrets.token_hex(8)) if name in RELATIVE else ""
        folder = _folder(target) if tickers else None
        question = (_endpoint(target), _timeout_ms(target), name, value, bool(target["as_json"]))
        key = target["key"] or ""
        sys.exit(ask_replayer(*question, folder, key=key, request_id=once))

    command = _target_options(
        click.pass_obj(ask),
        timeout=None,
        expose_value=False,
        allow_from_autoenv=False,
        callback=_overrule,
    )
    as_json: dict[str, Any] = {"expose_value": False, "callback": _also_as_json}
    command = click.option("--json", is_flag=True, help=JSON_HELP, **as_json)(command)
    if name == "status":
        command = TICKERS_OPTION(command)
    if name in RELATIVE:
        command = ID_OPTION(command)
    if verb.value:
        # A default of None would make the value optional.
        may_lack: dict[str, Any] = {"default": verb.default} if verb.default else {}
        complete = partial(_values, verb)
        value = click.argument("value", metavar=verb.value, shell_complete=complete, **may_lack)
        command = value(command)
    summary = f"{verb.what[0].upper()}{verb.what[1:]}. {verb.more}".rstrip()
    return click.command(
        name,
        cls=_VerbCommand,
        help=f"{summary}\n\n\b\nExample:\n  zreplay ctl {name} {verb.example}",
        context_settings={"ignore_unknown_options": True},
    )(command)


for _name, _verb in VERBS.items():
    ctl.add_command(_command(_name, _verb))
