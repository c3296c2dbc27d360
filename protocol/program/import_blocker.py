"""A module that a library would import on the chance that we use it, and we do not.

pyarrow imports pandas, where it is installed, at its first array: 0.3 s and 40 MiB for each
process, and not a quote sooner.
"""

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Final

LEFT_OUT: Final = ("pandas",)


class _LeavesOut:  # importlib.abc, which has its base, would take longer than it saves
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname in LEFT_OUT:
            raise ModuleNotFoundError(f"{fullname} is left out here", name=fullname)
        return None


def leave_out() -> None:
    """Let this process be as if these modules were not installed; for a program of ours only."""
    sys.meta_path.insert(0, _LeavesOut())
