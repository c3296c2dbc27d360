"""The settings of the replayer's commands.

An option states its default as a user writes it (`5s`); tests hold all of them to these.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from protocol.endpoints import CONTROL_ENDPOINT, DATA_ENDPOINT, MOST_HWM, SYNC_ENDPOINT
from protocol.errors import SettingsError
from protocol.limits import INT64_MAX
from protocol.messages import HISTORICAL, LIVE, MODES, WINDOW_BYTES, WINDOW_QUOTES
from protocol.span_text import span_of
from zreplay.playback.send_interval import DEFAULT_GRAIN_NS, MAX_GRAIN_NS
from zreplay.recordings.formats.format_options import ALLOW_NEGATIVE, NOTHING_SAID, FormatOptions
from zreplay.recordings.input_paths import STANDARD_INPUT

if TYPE_CHECKING:
    from zreplay.historical.latency_model import LatencyModel
    from zreplay.historical.selection import Selection

MOST_WORKERS: Final = 256
ACKS: Final = ("sink", "none")
LATE_POLICIES: Final = ("stop", "reject")
OVERLOADS: Final = ("stop", "block", "drop-oldest")
STRETCH: Final = "stretch"
BURST: Final = "burst"
LAG_POLICIES: Final = (STRETCH, BURST)
MAX_RATE: Final = 1_000_000
FULL_SPEED_HWM: Final = 1
"""A slow worker must not hoard batches of thousands of quotes."""
PACED_HWM: Final = 4
"""Those of a few quotes must not wait until the last one has left the pipe."""
LONGEST_NS: Final = 10**18
REORDER_NS: Final = 5 * 10**9
MAX_JUMP_NS: Final = 86_400 * 10**9
MAX_REJECTED: Final = 1_000
"""If so many rows of a file are rejected before one is accepted, it is not read on."""

LONGEST_REORDER_NS: Final = 2**63
MIN_RATE_STEP: Final = Decimal("1e-9")


class ReplaySettings(msgspec.Struct, frozen=True):
    """Everything `zreplay serve` needs.

    `live_urls` replace the addresses of venues by their names, `live_formats` are
    declarations of venues by their names, `silent_after_ns` 0 is never, and
    `silent_after_of` replaces it for the venues that it names.
    `rate` None is unpaced, `loop` None plays the files forever, `max_gap_ns` None cuts nothing,
    `hwm` None depends on the rate, `capture_quota_bytes` None on the disk. `end_after_ns` counts
    from the start of the run, `end_at_ns` and `start_at_ns` are Unix time.
    """

    historical: tuple[Path, ...] = ()
    live: tuple[str, ...] = ()
    live_urls: Mapping[str, str] = msgspec.field(default_factory=dict)
    live_formats: Mapping[str, str] = msgspec.field(default_factory=dict)
    silent_after_ns: int = 30_000_000_000
    silent_after_of: Mapping[str, int] = msgspec.field(default_factory=dict)
    mode: str = ""
    rate: Fraction | None = msgspec.field(default_factory=lambda: Fraction(1))
    bind: str = DATA_ENDPOINT
    broadcast: str = ""
    control: str = CONTROL_ENDPOINT
    sync: str = SYNC_ENDPOINT
    hwm: int | None = None
    window_quotes: int = WINDOW_QUOTES
    window_bytes: int = WINDOW_BYTES
    batch_quotes: int = 32_768
    state: Path = Path("logs/state")
    reorder_ns: int = REORDER_NS
    late: str = "stop"
    max_jump_ns: int = MAX_JUMP_NS
    max_rejected: int = MAX_REJECTED
    max_buffer_rows: int = 2_000_000
    capture_quota_bytes: int | None = None
    keep_capture_ns: int = 0
    on_overload: str = "stop"
    end_after_ns: int | None = None
    end_at_ns: int | None = None
    acks: str = "sink"
    exit_when_done: bool = False
    insecure: bool = False
    key: str = ""
    allowed: str = ""
    metrics: str = ""
    fresh: bool = False
    loop: int | None = 1
    on_lag: str = STRETCH
    max_gap_ns: int | None = None
    grain_ns: int = DEFAULT_GRAIN_NS
    without_amounts: bool = False
    columns: FormatOptions = NOTHING_SAID
    selection: "Selection | None" = None
    latency: "LatencyModel | None" = None
    start_paused: bool = False
    wait_workers: int = 0
    delay_ns: int = 0
    start_at_ns: int | None = None
    lock_wait_ns: int = 0
    parent_fd: int | None = None

    def __post_init__(self) -> None:
        if not self.historical and not self.live:
            raise SettingsError(
                "there is nothing to replay: neither a file nor a live address was given",
                fix="give a FILE, or --live ws://HOST:PORT, or --live VENUE:SYMBOL",
                code="Z202",
            )
        if self.mode and self.mode not in MODES:
            raise SettingsError(f"--mode was {self.mode!r}, expected one of {MODES}", code="Z203")
        check_mode(self.start_mode, self)
        check_once(self.historical)
        if not self.historical:
            check_of_files(self)
        if self.loop != 1:
            check_loop(self)
        if self.loop is not None:
            check_count("loop", self.loop, 1)
        if self.late not in LATE_POLICIES:
            raise SettingsError(
                f"--late was {self.late!r}, expected one of {LATE_POLICIES}", code="Z203"
            )
        if self.acks not in ACKS:
            raise SettingsError(f"--acks was {self.acks!r}, expected one of {ACKS}", code="Z203")
        check_count("hwm", self.pipe_batches, 1, MOST_HWM)
        check_count("batch", self.batch_quotes, 1)
        check_count("wait-workers", self.wait_workers, 0)
        check_count("grain", self.grain_ns, 0, MAX_GRAIN_NS)
        check_count("window", self.window_quotes, 1)
        check_count("max-buffer", self.max_buffer_rows, 1)
        check_count("reorder", self.reorder_ns, 0, LONGEST_REORDER_NS - 1)
        check_count("max-jump", self.max_jump_ns, 0)
        check_count("max-rejected", self.max_rejected, 0)
        if self.live:
            from zreplay.live.capture_options import check_kept
            from zreplay.live.feed_address import feed_addresses

            feed_addresses(self.live, self.live_urls, self.live_formats)
            check_kept(self.keep_capture_ns, self.on_overload)

    @property
    def may_do_without_workers(self) -> bool:
        """True if the quotes may go to the subscribers of a broadcast alone."""
        return bool(self.broadcast) and self.acks == "none"

    @property
    def wanted_consumers(self) -> int:
        """How many are to be there before a quote leaves; no broadcast goes to nobody."""
        return max(self.wait_workers, int(self.may_do_without_workers))

    @property
    def pipe_batches(self) -> int:
        """How many batches a worker's pipe holds."""
        if self.hwm is not None:
            return self.hwm
        return FULL_SPEED_HWM if self.rate is None else PACED_HWM

    @property
    def live_environment(self) -> dict[str, str]:
        """The variables that tell a child its feeds, which the list of processes would show.

        Without a feed there are none: a child looks at each that there is.
        """
        urls = map("=".join, self.live_urls.items())
        variables = {
            "ZREPLAY_SERVE_LIVE": " ".join(self.live),
            "ZREPLAY_SERVE_LIVE_URL": " ".join(urls),
        }
        return {name: value for name, value in variables.items() if value}

    @property
    def start_mode(self) -> str:
        """Historical if a file is given, unless the user said otherwise."""
        return self.mode or (HISTORICAL if self.historical else LIVE)


def check_mode(mode: str, settings: ReplaySettings) -> None:
    """Raise SettingsError if this replayer has no source for the mode."""
    if mode == HISTORICAL and not settings.historical:
        raise SettingsError(
            "this replayer has no historical file",
            fix="start it with one: give a FILE",
            code="Z204",
        )
    if mode == LIVE and not settings.live:
        raise SettingsError(
            "this replayer has no live address",
            fix="start it with one: --live ws://HOST:PORT, or VENUE:SYMBOL",
            code="Z204",
        )


def check_of_files(settings: ReplaySettings) -> None:
    """Raise SettingsError if there are options about files, but no files."""
    of_files = [option for option in settings.columns.given if option != ALLOW_NEGATIVE]
    said = {
        ", ".join(of_files): of_files,
        "--tickers, --from or similar": settings.selection,
        "--latency": settings.latency,
    }
    options = [option for option, value in said.items() if value]
    if options:
        raise SettingsError(
            f"{', '.join(options)} is about files, but none was given",
            fix="leave it out, or give a FILE; a feed has --live-format my.toml for that",
            code="Z203",
        )


def check_loop(settings: ReplaySettings) -> None:
    """Raise SettingsError if the files cannot start again."""
    if STANDARD_INPUT in settings.historical:
        raise SettingsError(
            "standard input cannot be played again",
            fix="write it to a file and replay that",
            code="Z212",
        )


def check_once(files: Sequence[Path]) -> None:
    """Raise SettingsError if a file is given twice."""
    for file, count in Counter(map(str, files)).items():  # a path is slow to compare
        if count > 1:
            raise SettingsError(
                f"the file {file} was given twice", fix="give each file once", code="Z205"
            )


def parse_rate(text: str) -> Fraction | None:
    """Read a speed: `max` is unpaced, `2`, `0.5` and `60x` are multiples of real time."""
    if text.strip().lower() == "max":
        return None
    try:
        number = Decimal(text.strip().lower().removesuffix("x"))
    except InvalidOperation:
        number = Decimal("nan")
    # The range first: a value far below the step has no remainder, and is endless as a fraction.
    is_in_range = number.is_finite() and MIN_RATE_STEP <= number <= MAX_RATE
    if not is_in_range or number % MIN_RATE_STEP != 0:
        raise SettingsError(
            f"speed was {text!r}, expected max or a number over 0 and up to {MAX_RATE}",
            fix="1 is the recording's own pace, max is as fast as possible",
            code="Z203",
        )
    return Fraction(number)


def rate_text(rate: Fraction | None) -> str:
    """Return a speed as the operator reads it: `max`, `1x`, `0.5x`."""
    return "max" if rate is None else f"{float(rate):g}x"


def parse_reorder_ns(text: str, name: str = "--reorder") -> int:
    """Read how far rows may be out of order: almost as far as two timestamps can be apart."""
    return parse_seconds_ns(text, name, LONGEST_REORDER_NS)


def parse_seconds_ns(text: str, option: str, limit_ns: int = LONGEST_NS) -> int:
    """Read a duration such as `5s`, `250ms` or `5` (seconds) as nanoseconds."""
    seconds = span_of(text, "s")
    if seconds is None or not seconds.is_finite() or not 0 <= seconds * 10**9 < limit_ns:
        raise SettingsError(
            f"{option} was {text!r}, expected a duration",
            fix=f"{option} 5s, or {option} 250ms",
            code="Z203",
        )
    return int(seconds * 10**9)


def check_count(name: str, value: int, least: int, most: int = INT64_MAX) -> None:
    """Raise SettingsError unless the value is one of these."""
    if value < least:
        raise SettingsError(f"--{name} was {value}, expected {least} or more", code="Z203")
    if value > most:
        raise SettingsError(f"--{name} was {value}, expected {most} at most", code="Z203")
