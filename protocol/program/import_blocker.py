"""Modules that a library would import in case we use them, and we do not.

pyarrow imports pandas, if it is installed, at its first array: 0.3 s and 40 MiB for each
process, for nothing.
"""

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Final

BLOCKED: Final = ("pandas",)


class _LeavesOut:  # importlib.abc, which has its base, would take longer than it saves
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname in BLOCKED:
            raise ModuleNotFoundError(f"{fullname} is blocked here", name=fullname)
        return None


def allow_imports() -> None:
    """Let code of the user import whatever is installed."""
    sys.meta_path[:] = [each for each in sys.meta_path if not isinstance(each, _LeavesOut)]


def block_imports() -> None:
    """Make this process behave as if these modules were not installed; for our programs only."""
    sys.meta_path.insert(0, _LeavesOut())
