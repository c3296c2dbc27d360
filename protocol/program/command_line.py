"""What both command lines share: options of the program itself, and how it exits.

An error of ours is one text and its exit code; anything else is reported as a bug.
"""

import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NoReturn

import click
from click.core import ParameterSource

from protocol.errors import EXIT_DONE, EXIT_INTERRUPTED, ZreplayError
from protocol.program.answer import give_error
from protocol.program.checked_option import checked_by
from protocol.program.descriptors import allow_many
from protocol.program.diagnostics import FORMATS
from protocol.program.error_text import say, say_usage
from protocol.program.hoisted_options import hoisted
from protocol.program.import_blocker import block_imports
from protocol.program.interruption import say_interrupted
from protocol.program.libraries import set_up_libraries
from protocol.program.memory import keep_freed_memory
from protocol.program.standard_streams import take_lost_output
from protocol.program_version import PROGRAM_VERSION
from protocol.whole_number import whole_number

HELP_NAMES: Final = ("-h", "--help")
"""A command keeps those that it is first called with, so each caller passes them."""
MOST_NAMES: Final = 10
_LEVEL_KEY: Final = "protocol.log_level"
_FOUND_KEY: Final = "protocol.found_config"
MOST_CELLS: Final = 10_000
"""The most columns or lines of a terminal."""


def context_settings(environment_prefix: str) -> dict[str, Any]:
    """Return click's settings: -h as well, defaults shown, options from the environment."""
    return {
        "help_option_names": [*HELP_NAMES],
        "auto_envvar_prefix": environment_prefix,
        "show_default": True,
    }


def own_options[Command: Callable[..., Any]](command: Command) -> Command:
    """Add the options of the program itself to its group."""
    levels = click.Choice(("debug", "info", "warning", "error"))
    options = [
        click.option(
            *("--version", "-V"),
            is_flag=True,
            callback=_version,
            expose_value=False,
            is_eager=True,
            allow_from_autoenv=False,  # images set such a variable
            help="Show the versions of this and of libzmq, and whether the C parts are in use.",
        ),
        click.option(
            *("--config", "-c"),
            type=click.Path(path_type=Path, dir_okay=False),
            callback=_config,
            expose_value=False,
            is_eager=True,
            show_default=False,
            help=(
                "The one TOML file of settings to read, a table for each command.  "
                "[default: ./NAME.toml, then ~/.config/zreplay/NAME.toml]"
            ),
        ),
        click.option(
            "--log-format",
            type=click.Choice(FORMATS),
            default="auto",
            help="The format of the diagnostics on stderr.",
        ),
        click.option("--log-level", type=levels, default="info", help="The lowest level logged."),
        _level_option("-q", "--quiet", "warning", "Log warnings and errors only."),
        _level_option("-v", "--verbose", "debug", "Log more."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def _level_option(short: str, long: str, level: str, help: str) -> Callable[..., Any]:
    def set_level(context: click.Context, option: click.Parameter, value: bool) -> None:
        if value:
            context.meta[_LEVEL_KEY] = level

    return click.option(
        short,
        long,
        is_flag=True,
        callback=set_level,
        expose_value=False,
        allow_from_autoenv=False,
        help=help,
    )


def begin(program: click.Group, log_format: str, log_level: str) -> str:
    """Set up the diagnostics, report which file and which variables were found; return the level.

    Raises:
        SettingsError: a variable is a misspelled setting.
    """
    from protocol.program.diagnostics import Log, set_up

    context = click.get_current_context()
    level: str = context.meta.get(_LEVEL_KEY, log_level)
    if (found := context.meta.get(_FOUND_KEY)) is not None:
        # The file must not hide itself by its own log-level.
        is_of_file = context.get_parameter_source("log_level") is ParameterSource.DEFAULT_MAP
        is_hidden = is_of_file and _LEVEL_KEY not in context.meta
        set_up(log_format, "info" if is_hidden else level)
        Log(f"{program.name}").info("settings are read from a file found here", file=found)
    set_up(log_format, level)
    prefix = f"{program.name}_".upper()
    if any(name.startswith(prefix) and name != f"{prefix}CONFIG" for name in os.environ):
        from protocol.program.environment_settings import check_environment

        if strange := check_environment(program, os.environ):
            text = ", ".join(strange[:MOST_NAMES])
            more = len(strange) - MOST_NAMES
            Log(f"{program.name}").warning(
                "environment variables that are not settings are ignored",
                variables=f"{text} and {more} more" if more > 0 else text,
            )
    return level


def _check_metrics(address: str) -> None:
    from protocol.program.metrics_address import parse_metrics_address, split_token

    # Who may reach it is decided with --insecure.
    parse_metrics_address(split_token(address)[0], insecure=True)


metrics_option = click.option(
    "--metrics",
    default="",
    show_default=False,
    metavar="HOST:PORT",
    callback=checked_by(_check_metrics),
    help="Serve a status page, Prometheus metrics, /healthz and /readyz there; ,token=FILE.",
)


def run(program: click.Group) -> NoReturn:
    """Run a program's command line and end with its exit code."""
    set_up_libraries()
    _forget_size_of_no_terminal()
    keep_freed_memory()
    block_imports()
    try:
        _run(program)
    finally:
        if lost := take_lost_output():
            say(f"{program.name}", "warning", f"standard output cannot be written: {lost}", {})


def _forget_size_of_no_terminal() -> None:
    """rich takes any number of digits there for a number; `int` does not."""
    for name in ("COLUMNS", "LINES"):
        if whole_number(os.environ.get(name, ""), MOST_CELLS) is None:
            os.environ.pop(name, None)


def _run(program: click.Group) -> NoReturn:
    try:
        allow_many()
        # Its own name, also as `python -m`: the settings' tables are found by what follows it.
        words = hoisted(sys.argv[1:], program)
        program(words, prog_name=program.name, standalone_mode=False)
    except ZreplayError as error:
        give_error(error.code, error.what, error.fix)
        if not error.is_said:
            say(f"{program.name}", "error", error.what, {"code": error.code, "fix": error.fix})
        sys.exit(error.exit_code)
    except click.ClickException as error:
        say_usage(f"{program.name}", error)
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        say_interrupted()
        sys.exit(EXIT_INTERRUPTED)
    except Exception:
        what, fix = "this is a bug in zreplay", "report the lines above"
        give_error(ZreplayError.code, what, fix)
        fields = {"code": ZreplayError.code, "fix": fix, "traceback": traceback.format_exc()}
        say(f"{program.name}", "error", what, fields)
        sys.exit(ZreplayError.exit_code)
    sys.exit(EXIT_DONE)


def _version(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    if not value or context.resilient_parsing:
        return
    import zmq

    from protocol.compiled_parts import in_words

    libzmq = f"libzmq {zmq.zmq_version()}"
    click.echo(f"{context.command.name} {PROGRAM_VERSION} ({libzmq}; {in_words()})")
    context.exit()


def _config(context: click.Context, parameter: click.Parameter, path: Path | None) -> None:
    from protocol.program.config_discovery import found_files, here

    assert isinstance(context.command, click.Group)
    name = f"{context.command.name}"
    found = [] if path or context.resilient_parsing else found_files(name, os.environ)
    if path == Path(os.devnull) or not (path or found):
        return
    from protocol.program.config_command import PLACES_KEY
    from protocol.program.config_file import Config, read_config

    if path:
        config = read_config(path, context.command)
    else:
        config = Config({}, {})
        for file in reversed(found):
            shown = here(name) if file.is_here else str(file.path)
            if file.is_here:
                context.meta[_FOUND_KEY] = shown
            upper = read_config(file.path, context.command, shown=shown, is_here=file.is_here)
            config = upper.over(config)
    context.default_map = config.defaults
    context.meta[PLACES_KEY] = config.places
