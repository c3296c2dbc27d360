"""The limits of a quote, and why every message fits in a frame: for every source and both ends.

    quote    a ticker of up to MAX_TICKER_CHARS; prices finite and not below zero; amounts finite,
             or missing; index, timestamp and arrival of 64 bits, the latter two nanoseconds
    BATCH    at most 8 bytes for each of 7 columns and 4 for a code, of MAX_BATCH_QUOTES quotes;
             their names of MAX_NAMES_BYTES, where a batch ends before it has as many quotes
    RESULT   a line of up to MAX_LOG_LINE_BYTES for each quote of a batch; where the outputs of
             processors are larger, a batch has several

Whatever a source accepts, the wire can carry: a source rejects anything beyond, with the reason.
"""

from typing import Final

INT64_MIN: Final = -(2**63)
INT64_MAX: Final = 2**63 - 1

MAX_TICKER_CHARS: Final = 256
LATENCY_LIMIT_NS: Final = 2.0**63
"""A latency is closer to zero than this."""

MAX_FRAME_BYTES: Final = 16 * 1024 * 1024
MAX_BATCH_QUOTES: Final = 32_768
MAX_NAMES_BYTES: Final = 4 * 1024 * 1024
"""So much UTF-8 for the different tickers of a batch: 4,096 of the longest, 32,768 of 128 bytes."""
MAX_LOG_LINE_BYTES: Final = 480
"""A mid line has 372 at most; an error line has two numbers, the latency's of up to 328."""
MAX_CURSOR_BYTES: Final = 32 * 1024
MAX_PROCESSORS: Final = 8
MAX_OUTPUTS: Final = 8
"""Of one processor. The names of all and their schemas fit a slot of the commit ring."""
MAX_NAME_CHARS: Final = 64
MAX_PARAMETERS_CHARS: Final = 512
MAX_SCHEMAS_BYTES: Final = 16 * 1024
"""For the Arrow schemas of all tables of a run: some 200 columns."""
MAX_TEXT_CHARS: Final = 4096
MAX_VERSION_CHARS: Final = 64

MAX_WORKER_NAME_CHARS: Final = 256
MAX_THRESHOLD_MS: Final = 1e18
MIN_THRESHOLD_MS: Final = 1e-18
"""A threshold is zero, or from here up to MAX_THRESHOLD_MS on either side: its text stays short."""
