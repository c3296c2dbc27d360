"""The venues by their names: those of zreplay/live/venues/, where a new file is enough.

The name of a venue begins with the name of its file, up to a dash: so one file is imported to
find it. One that needs no code is declared: the name of its .toml is the name of the venue.
Another package has one as an entry point of ENTRY_POINTS, by its name: it is imported only when
that is named, and cannot take the name of one of ours.
"""

import pkgutil
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Final

from protocol.errors import SettingsError
from zreplay.live import venues
from zreplay.live.declared_venue import declared_venue
from zreplay.live.venue import Venue

ENTRY_POINTS: Final = "zreplay.venues"


def venue_of(name: str) -> Venue:
    """Return the venue of this name, as it is written before the colon of --live.

    Raises:
        SettingsError: there is none.
    """
    file = name.partition("-")[0]
    if file in _files():
        for venue in _venues_in(file):
            if venue.name == name:
                return venue
    if name in _declared():
        return _declared()[name]
    for point in entry_points(group=ENTRY_POINTS, name=name):
        return _venue_at(point)
    names = names_of_venues()
    near = get_close_matches(name.lower(), names, n=1)
    meant = f"did you mean {near[0]}? " if near else ""
    raise SettingsError(
        f"there is no venue {name!r}",
        fix=f"{meant}one of {', '.join(names)}; a websocket of your own is ws://HOST:PORT",
        code="Z206",
    )


def venue_of_reader(text: str) -> Venue:
    """Return the venue that a capture names, and declares if it does not come with zreplay.

    Raises:
        SettingsError: there is none.
    """
    name, is_declared, declaration = text.partition("\n")
    return declared_venue(name, declaration) if is_declared else venue_of(name)


def known_venues() -> list[Venue]:
    """Return every venue that comes with zreplay, by name."""
    found = [venue for file in _files() for venue in _venues_in(file)]
    found += _declared().values()
    return sorted(found, key=lambda venue: venue.name)


def names_of_venues() -> list[str]:
    """Return the names of all venues, also of those of other packages."""
    ours = {venue.name for venue in known_venues()}
    return sorted(ours.union(point.name for point in venues_of_packages()))


def venues_of_packages() -> list[EntryPoint]:
    """Return the venues that other packages have, not imported, by name."""
    return sorted(entry_points(group=ENTRY_POINTS), key=lambda point: point.name)


def _venue_at(point: EntryPoint) -> Venue:
    """Import a venue of another package.

    Raises:
        SettingsError: that fails, or is not a venue of this name.
    """
    package = point.dist.name if point.dist is not None else point.value
    try:
        found = point.load()
    except Exception as error:  # whatever their code does
        what = f"cannot be imported: {type(error).__name__}: {error}"
    else:
        if isinstance(found, Venue) and found.name == point.name:
            return found
        what = f"is not a Venue of that name: {point.value}"
    raise SettingsError(
        f"the venue {point.name} of the package {package} {' '.join(what.split())}",
        fix=f"mend or remove {package}",
        code="Z206",
    ) from None


def _files() -> list[str]:
    return [module.name for module in pkgutil.iter_modules(venues.__path__)]


def _venues_in(file: str) -> tuple[Venue, ...]:
    found: tuple[Venue, ...] = import_module(f"{venues.__name__}.{file}").VENUES
    return found


@cache
def _declared() -> dict[str, Venue]:
    from importlib.resources import files  # a native venue does not need it

    return {
        file.name.removesuffix(".toml"): declared_venue(
            file.name.removesuffix(".toml"), file.read_text(encoding="utf-8"), is_known=True
        )
        for file in files(venues).iterdir()
        if file.name.endswith(".toml")
    }
