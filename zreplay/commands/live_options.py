"""The options of `serve` and `run` for what is received live."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import click

from protocol.bounded_file import bounded_bytes
from protocol.errors import InputError, SettingsError
from protocol.program.checked_option import checked_by
from zreplay.commands.completed_values import feeds
from zreplay.settings import parse_seconds_ns

SILENT_AFTER: Final = "--silent-after"
DEFAULT_SILENCE: Final = "30s"


def parse_silence(text: str) -> tuple[int, dict[str, int]]:
    """Read `30s`, or `30s,okx=5m,deribit=0`: for all, ns, and for the venues that are named.

    Raises:
        SettingsError: it is neither.
    """
    first, *of_venues = text.split(",")
    if "=" in first:
        first, of_venues = DEFAULT_SILENCE, [first, *of_venues]
    of = {}
    for part in of_venues:
        name, _, time = part.strip().partition("=")
        of[name] = parse_seconds_ns(time, SILENT_AFTER)
    return parse_seconds_ns(first, SILENT_AFTER), of


def _check_urls(live: Sequence[str]) -> None:
    """Refuse what cannot be a URL; which venues there are depends on --live-format."""
    from zreplay.live.feed_address import feed_addresses

    feed_addresses([text for text in live if "://" in text], {})


LIVE_OPTIONS: Final = (
    click.option(
        "--live",
        multiple=True,
        metavar="URL|VENUE:SYMBOLS",
        callback=checked_by(_check_urls),
        shell_complete=feeds,
        help="A feed: ws:// or wss://, or okx:BTC-USDT,ETH-USDT (`zreplay reference venues`).",
    ),
    click.option(
        "--live-url",
        multiple=True,
        metavar="[VENUE=]URL",
        help="Where a venue is, instead of its own address; or ZREPLAY_LIVE_URL_OKX.",
    ),
    click.option(
        "--live-format",
        multiple=True,
        type=click.Path(path_type=Path),
        metavar="TOML",
        help="A venue of your own: my.toml declares what --live my:SYMBOLS asks and reads.",
    ),
    click.option(
        "--silent-after",
        metavar="TIME[,VENUE=TIME]",
        default=DEFAULT_SILENCE,
        callback=checked_by(parse_silence),
        help="Name a symbol without quotes for this long; 0: never. Of a venue: 30s,okx=5m.",
    ),
)


def live_settings(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings from these options, and the variables of the venues.

    Raises:
        SettingsError: one cannot be read.
    """
    formats = _formats(options["live_format"])
    urls: dict[str, str] = {}
    if options["live"] or options["live_url"]:
        from zreplay.live.feed_address import replaced_urls  # a run without a feed needs no venues

        urls = replaced_urls(options["live"], options["live_url"], os.environ, formats)
    silent_after_ns, silent_of = parse_silence(options["silent_after"])
    if silent_of:
        from zreplay.live.feed_address import check_names

        check_names(options["live"], formats, silent_of, SILENT_AFTER)
    return {
        "live": options["live"],
        "live_formats": formats,
        "live_urls": urls,
        "silent_after_ns": silent_after_ns,
        "silent_after_of": silent_of,
    }


def _formats(paths: Sequence[Path]) -> dict[str, str]:
    """Return the declarations by the names of their files.

    Raises:
        InputError: one cannot be read.
        SettingsError: one is no text, or has a name that is taken.
    """
    if not paths:
        return {}  # a run without a feed needs no venues
    from zreplay.live.declared_venue import MAX_BYTES, declared_venue
    from zreplay.live.known_venues import names_of_venues

    taken = names_of_venues()
    formats: dict[str, str] = {}
    for path in paths:
        name = path.name.removesuffix(".toml")
        try:
            text = bounded_bytes(path, MAX_BYTES).decode()
        except OSError as error:
            raise InputError(
                f"cannot read the declaration {path}: {error.strerror}",
                fix="check its path",
                code="Z401",
            ) from error
        except UnicodeDecodeError as error:
            raise SettingsError(
                f"{path} is no UTF-8: {error}", fix="mend it", code="Z206"
            ) from None
        if name in taken or name in formats:
            raise SettingsError(
                f"--live-format {path}: there is a venue {name} already",
                fix="give the file another name",
                code="Z206",
            )
        declared_venue(name, text)
        formats[name] = text
    return formats
