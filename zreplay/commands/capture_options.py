"""The options for how much is kept of what is received live."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import click

from protocol.program.checked_option import checked_by
from protocol.program.diagnostics import Log
from zreplay.settings import OVERLOADS, ReplaySettings, parse_seconds_ns

KEEP_ALL: Final = "all"
KEEP_NOTHING: Final = "0s"

log = Log("zreplay")


def _quota_bytes(text: str) -> int:
    from zreplay.live.capture_options import parse_quota_bytes

    return parse_quota_bytes(text)


def _keep_ns(text: str) -> int:
    from zreplay.live.segment_book import KEEP_ALL_NS

    is_all = text.strip().lower() == KEEP_ALL
    return KEEP_ALL_NS if is_all else parse_seconds_ns(text, "--keep-capture")


CAPTURE_OPTIONS: Final = (
    click.option(
        "--capture-quota",
        metavar="SIZE",
        callback=checked_by(_quota_bytes),
        help="The most the capture takes: 20GB.  [default: a quarter of the free disk]",
    ),
    click.option(
        "--keep-capture",
        metavar="TIME|all",
        default=KEEP_NOTHING,
        callback=checked_by(_keep_ns),
        help="At the quota, delete nothing younger of it: 7d.",
    ),
    click.option(
        "--on-overload",
        type=click.Choice(OVERLOADS),
        default=OVERLOADS[0],
        help="At the quota, if nothing may be deleted.",
    ),
)


def capture_settings(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings from these options.

    Raises:
        SettingsError: one cannot be read.
    """
    quota, kept = options["capture_quota"], options["keep_capture"]
    return {
        "capture_quota_bytes": None if quota is None else _quota_bytes(quota),
        "keep_capture_ns": 0 if kept == KEEP_NOTHING else _keep_ns(kept),
        "on_overload": options["on_overload"],
    }


def say_capture(settings: ReplaySettings, out: Path) -> None:
    """Say how much the capture of a run may take, and what happens then."""
    import shutil

    from zreplay.live.capture_options import capture_rules

    there = next(folder for folder in (out.absolute(), *out.absolute().parents) if folder.exists())
    rules = capture_rules(
        settings.capture_quota_bytes,
        settings.keep_capture_ns,
        settings.on_overload,
        free_bytes=shutil.disk_usage(there).free,
        has_bytes=0,
    )
    log.info(
        "capture",
        quota=f"{rules.quota_bytes / 1e9:.1f} GB",
        of="" if settings.capture_quota_bytes else "a quarter of the free disk",
        on_overload=settings.on_overload,
    )
