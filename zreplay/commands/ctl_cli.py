"""The verbs of `zreplay ctl` on the command line; zreplay/commands/ctl.py asks and prints."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click

from protocol import endpoints
from protocol.errors import SettingsError

LONGEST_TIMEOUT_SECONDS: Final = 3600
JSON_OPTION: Final = click.option(
    "--json", "as_json", is_flag=True, help="One JSON object on stdout."
)


def _target_options[Command: Callable[..., Any]](
    command: Command, timeout: float | None = 2.0, **more: Any
) -> Command:
    """Add the options that name the replayer; those given after a verb take precedence."""
    options = (
        click.option("--control", help=f"[default: {endpoints.CONTROL_ENDPOINT}]", **more),
        click.option(
            "--out",
            type=click.Path(path_type=Path),
            help="Control the run in this folder.",
            **more,
        ),
        click.option(
            "--timeout",
            type=float,
            default=timeout,
            help="Seconds to wait for an answer.",
            **more,
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def _overrule(context: click.Context, option: click.Parameter, value: Any) -> None:
    if value is not None:
        context.obj[option.name] = value


@click.group()
@_target_options
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


def _timeout_ms(target: dict[str, Any]) -> int:
    timeout: float = target["timeout"]
    if not 0 <= timeout <= LONGEST_TIMEOUT_SECONDS:
        raise SettingsError(
            f"--timeout was {timeout}, expected 0 to {LONGEST_TIMEOUT_SECONDS} seconds",
            fix="--timeout 2",
            code="Z203",
        )
    return max(1, int(timeout * 1000))


def _ctl_verb(
    verb: str, summary: str, value: str | None = None, example: str = "", default: str = ""
) -> None:
    """Add a verb to `ctl`; its value may begin with a minus."""

    def ask(target: dict[str, Any], as_json: bool, value: str = "") -> None:
        from zreplay.commands.ctl import ask_replayer

        endpoint, timeout_ms = _endpoint(target), _timeout_ms(target)
        sys.exit(ask_replayer(endpoint, timeout_ms, verb, value, as_json))

    command = _target_options(
        click.pass_obj(ask),
        timeout=None,
        expose_value=False,
        allow_from_autoenv=False,
        callback=_overrule,
    )
    command = JSON_OPTION(command)
    if value is not None:
        # A default of None would make the value optional.
        may_lack: dict[str, Any] = {"default": default} if default else {}
        command = click.argument("value", metavar=value, **may_lack)(command)
    ctl.command(
        verb,
        help=f"{summary}\n\n\b\nExample:\n  zreplay ctl {verb} {example}",
        context_settings={"ignore_unknown_options": True},
    )(command)


_ctl_verb("mode", "Switch to historical or live, at once.", "historical|live", "live")
_ctl_verb("pause", "Stop the clock and the sending.")
_ctl_verb("resume", "Continue.")
_ctl_verb("step", "While paused: send exactly the next N quotes.", "[N]", "10", default="1")
_ctl_verb(
    "seek",
    "Continue with the quotes that arrive at TIME or later: an instant, a day, +5s or -5s from "
    "the current one, 40% of the files' span, or start. Historical mode only.",
    "TIME",
    "'2025-10-02 23:59:57.290'",
)
_ctl_verb("speed", "Set the speed: a multiple of real time, or max.", "X|max", "10")
_ctl_verb("loop", "Start the files again at their end, or no longer.", "on|off", "on")
_ctl_verb("status", "Show state, position, rates, workers and feeds.")
_ctl_verb("stats", "Show how late quotes left, and where the time went.")
_ctl_verb("stop", "Drain what is in flight and exit.")
_ctl_verb("ping", "Check whether the replayer answers.")
