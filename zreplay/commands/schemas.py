"""The JSON Schema of what `--json` prints, from the structs that are printed or read."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import msgspec


class Shape(NamedTuple):
    """An object that is printed: what prints it, and its struct."""

    what: str
    struct: Callable[[], type[Any]]


def _status() -> type[Any]:
    from zreplay.controls.status_schema import Status

    return Status


def _run() -> type[Any]:
    from zreplay.controls.summary_schema import RunSummary

    return RunSummary


def _inspect() -> type[Any]:
    from zreplay.inspection.report import Inspection

    return Inspection


def _config() -> type[Any]:
    from protocol.program.config_command import Settings

    return Settings


def _error() -> type[Any]:
    from protocol.program.answer import ErrorAnswer

    return ErrorAnswer


SHAPES: Final = {
    "status": Shape("zreplay ctl status --json", _status),
    "run": Shape("zreplay run --json, at its end", _run),
    "inspect": Shape("zreplay inspect --json", _inspect),
    "config": Shape("zreplay config show --json", _config),
    "error": Shape("any command with --json that fails", _error),
}


def schema_of(name: str) -> dict[str, Any]:
    """Return the JSON Schema of one of SHAPES."""
    return msgspec.json.schema(SHAPES[name].struct())
