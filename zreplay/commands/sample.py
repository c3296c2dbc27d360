"""Where the bundled samples are: inside the installed package, or at the top of a checkout."""

from pathlib import Path
from typing import Final

from protocol.errors import InputError

HISTORICAL_SAMPLE: Final = "historical_sample.csv"
LIVE_SAMPLE: Final = "live_sample.csv"
_PACKAGE: Final = Path(__file__).resolve().parents[1]


def sample_path(name: str) -> Path:
    """Return the path of a bundled sample: HISTORICAL_SAMPLE or LIVE_SAMPLE.

    Raises:
        InputError: no such sample is installed.
    """
    for folder in (_PACKAGE / "fixtures", _PACKAGE.parent / "fixtures"):
        path = folder / name
        if path.is_file():
            return path
    raise InputError(
        f"the bundled sample {name} is not installed",
        fix="reinstall zreplay, or write the samples with scripts/make_fixtures",
        code="Z407",
    )
