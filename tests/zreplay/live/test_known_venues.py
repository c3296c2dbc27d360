"""A venue is found by its name, in the file that its name begins with."""

from importlib.metadata import EntryPoint, EntryPoints

import pytest
from msgspec.structs import replace

from protocol.errors import SettingsError
from zreplay.live import known_venues as this
from zreplay.live.known_venues import known_venues, venue_of


def test_each_is_found_by_its_name() -> None:
    venues = known_venues()

    assert venues == [venue_of(venue.name) for venue in venues]
    assert len({venue.market for venue in venues}) == len(venues)


@pytest.mark.parametrize("name", ["", "binnance", "binance-", "-binance", "BINANCE", "os", "../x"])
def test_a_wrong_name_is_answered_with_the_right_ones(name: str) -> None:
    with pytest.raises(SettingsError, match="there is no venue") as caught:
        venue_of(name)

    assert "Z206" == caught.value.code
    assert "binance-usdm, " in caught.value.fix


OF_PACKAGES = EntryPoints(
    EntryPoint(name, value, this.ENTRY_POINTS)
    for name, value in {
        "aster": "os:sep",
        "okx": "os:sep",
        "htx": "zreplay.live.known_venues:venue_of",
        "mine": "tests.zreplay.live.test_known_venues:MINE",
        "other": "tests.zreplay.live.test_known_venues:MINE",
        "broken": "tests.zreplay.live.no_such_module:MINE",
    }.items()
)
MINE = replace(venue_of("okx"), name="mine")


@pytest.fixture
def packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(this, "entry_points", OF_PACKAGES.select)


@pytest.mark.usefixtures("packages")
def test_one_of_another_package_is_imported_when_it_is_named_and_ours_keep_their_names() -> None:
    assert MINE == venue_of("mine")
    assert ["OKX", "ASTER"] == [venue_of(name).market for name in ("okx", "aster")]
    assert "mine" not in [venue.name for venue in known_venues()]


@pytest.mark.usefixtures("packages")
@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("other", "is not a Venue of that name"),
        ("broken", "cannot be imported: ModuleNotFoundError"),
        ("minne", "there is no venue 'minne'"),
    ],
)
def test_one_that_cannot_be_used_is_named(name: str, what: str) -> None:
    with pytest.raises(SettingsError, match=what) as caught:
        venue_of(name)

    assert "Z206" == caught.value.code
    assert "mine" in caught.value.fix or "mend or remove" in caught.value.fix
