"""The files of a run's folder that both programs name."""

from typing import Final

MIDS: Final = "mid_prices.log"
ERRORS: Final = "errors.log"
RING: Final = "commit.ring"
RUN_FILE: Final = "run.json"
"""What a `zreplay run` says of the run: its sockets, and how it ended."""
RATES: Final = "rates.jsonl"
"""How fast a `zreplay run` went, a line a second: for `zreplay report`."""
TABLE: Final = "mids.arrows"
"""The mids with all that they are of, if a run is asked for it (`--table`)."""
OUTPUTS: Final = "outputs"
"""The folder of what the processors of users write: a name of theirs meets none of ours."""
SEGMENTS: Final = "segments"
"""The folder of what was closed of a log that is rotated."""
MANIFEST: Final = f"{SEGMENTS}/manifest.jsonl"
