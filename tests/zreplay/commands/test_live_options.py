"""What is received live is read from options and from the variables of the venues."""

from pathlib import Path

import pytest

from protocol.errors import InputError, SettingsError
from tests.zreplay.live.test_declared_venue import MINE
from zreplay.commands.live_options import live_settings


def settings(
    *live: str,
    urls: tuple[str, ...] = (),
    silent: str = "30s",
    formats: tuple[Path, ...] = (),
) -> dict[str, object]:
    given = {"live": live, "live_url": urls, "silent_after": silent, "live_format": formats}
    return live_settings(given)


def test_options_are_settings() -> None:
    live = ("okx:BTC-USDT", "ws://127.0.0.1:1")

    assert {
        "live": live,
        "live_formats": {},
        "live_urls": {"okx": "ws://x"},
        "silent_after_ns": 5 * 10**9,
        "silent_after_of": {},
    } == settings(*live, urls=("ws://x",), silent="5s")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5s,okx=5m", (5, {"okx": 300})),
        ("okx=0", (30, {"okx": 0})),
        ("0, okx=1s,binance=2", (0, {"okx": 1, "binance": 2})),
    ],
)
def test_a_venue_may_be_silent_for_a_time_of_its_own(
    text: str, expected: tuple[int, dict[str, int]]
) -> None:
    found = settings("okx:BTC-USDT", "binance:BTCUSDT", silent=text)

    assert (expected[0] * 10**9, {name: s * 10**9 for name, s in expected[1].items()}) == (
        found["silent_after_ns"],
        found["silent_after_of"],
    )


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("x", "expected a duration"),
        ("", "expected a duration"),
        ("5s,6s", "expected a duration"),
        ("okx=", "expected a duration"),
        ("bybit=5s", "'bybit', which is no venue of --live"),
    ],
)
def test_a_time_of_silence_that_cannot_be_is_refused(text: str, what: str) -> None:
    with pytest.raises(SettingsError, match=what):
        settings("okx:BTC-USDT", silent=text)


def test_a_variable_replaces_the_address_of_its_venue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZREPLAY_LIVE_URL_BINANCE_USDM", "ws://x")

    assert {"binance-usdm": "ws://x"} == settings("binance-usdm:BTCUSDT")["live_urls"]


def test_a_wrong_name_is_refused() -> None:
    with pytest.raises(SettingsError, match="no venue 'binnance'"):
        settings("binnance:BTCUSDT")


def test_a_declaration_is_a_venue_by_the_name_of_its_file(tmp_path: Path) -> None:
    path = tmp_path / "my.toml"
    path.write_text(MINE)
    found = settings("my:ABC", urls=("my=ws://x",), formats=(path,))

    assert ({"my": MINE}, {"my": "ws://x"}) == (found["live_formats"], found["live_urls"])
    with pytest.raises(SettingsError, match="'abc' is not a symbol of my"):
        settings("my:abc", formats=(path,))


def test_a_declaration_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    okx, binary, empty = (tmp_path / f"{name}.toml" for name in ("okx", "binary", "empty"))
    okx.write_text(MINE)
    binary.write_bytes(b"\xff")
    empty.write_text("")
    for path, what in ((okx, "a venue okx already"), (binary, "no UTF-8"), (empty, "url")):
        with pytest.raises(SettingsError, match=what):
            settings(formats=(path,))
    with pytest.raises(InputError, match="cannot read the declaration"):
        settings(formats=(tmp_path / "absent.toml",))
