"""The options for when a live run, or a recording of a feed, ends by itself."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from zreplay.commands.playback_options import instant_ns, time_option
from zreplay.settings import parse_seconds_ns

if TYPE_CHECKING:
    from zreplay.live.live_end import LiveEnd

DURATION_OPTION: Final = time_option("--duration", "End after this long; after a kill it goes on.")
UNTIL_OPTION: Final = time_option("--until", "End at this instant of the clock.", instant_ns)


def live_end(options: Mapping[str, Any]) -> "LiveEnd":
    """Return when it ends by these options.

    Raises:
        SettingsError: one cannot be read.
    """
    from zreplay.live.live_end import LiveEnd

    duration = options["duration"]
    duration_ns = None if duration is None else parse_seconds_ns(duration, "--duration")
    return LiveEnd(duration_ns, instant_ns(options["until"], "--until"))


def split_end(options: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the options of what is read, and the settings of when a replayer ends.

    Of files `--duration` says which quotes there are; of feeds alone it is when that is.
    """
    duration, has_files = options["duration"], options["files"] or options["historical"]
    end_at_ns = instant_ns(options["until"], "--until")
    if duration is None or has_files:
        return options, {"end_at_ns": end_at_ns}
    end_after_ns = parse_seconds_ns(duration, "--duration")
    rest = {**options, "duration": None}
    return rest, {"end_at_ns": end_at_ns, "end_after_ns": end_after_ns}
