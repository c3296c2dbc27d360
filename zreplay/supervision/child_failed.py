"""Why a child of a run cannot continue. In: what it printed with `--json`; out: an error."""

import contextlib
from typing import Any

import msgspec

from protocol.error_codes import ERROR_CODES
from protocol.errors import ZreplayError


class ChildFailed(ZreplayError):
    """A child cannot continue; it has said why, or died too often."""

    def __init__(
        self, what: str, exit_code: int, *, is_said: bool, code: str = "", fix: str = ""
    ) -> None:
        super().__init__(what, code=code or ("" if is_said else "Z701"), fix=fix)
        self.exit_code = exit_code
        self.is_said = is_said


def why_it_failed(name: str, output: bytes, exit_code: int) -> ChildFailed:
    """Return the error that a child printed as JSON; without one, that it said why on stderr."""
    what, code, fix = f"the {name} cannot continue", f"Z{exit_code}00", "see its diagnostics"
    with contextlib.suppress(ValueError, KeyError, RecursionError):
        told = msgspec.json.decode(output, type=dict[str, Any])
        if told["code"] in ERROR_CODES:
            what, code, fix = f"{told['error']}", f"{told['code']}", f"{told['fix']}"
    return ChildFailed(what, exit_code, is_said=True, code=code, fix=fix)
