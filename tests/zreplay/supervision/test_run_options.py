"""What differs between two runs is said in the words of the command line."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from zreplay.historical.latency_model import LatencyModel
from zreplay.historical.selection import Selection
from zreplay.live.segment_head import name_of
from zreplay.recordings.formats.format_options import FormatOptions
from zreplay.recordings.formats.known_formats import format_named
from zreplay.recordings.recording_layout import check_files
from zreplay.replayer.state import run_identity
from zreplay.settings import ReplaySettings
from zreplay.supervision.run_options import LISTED_DIFFERENCES, differences, run_options


@pytest.fixture
def settings(tmp_path: Path) -> ReplaySettings:
    path = tmp_path / "quotes.csv"
    path.write_text("1234")
    return ReplaySettings(historical=(path,))


@pytest.mark.parametrize(
    "change, said",
    [
        ({"selection": Selection(tickers=("BTC*",))}, "--tickers was not given, now 'BTC*'"),
        ({"selection": Selection(limit=7)}, "--limit was not given, now '7'"),
        ({"reorder_ns": 10**9}, "--reorder was '5s', now '1s'"),
        ({"late": "reject"}, "--late was 'stop', now 'reject'"),
        ({"loop": None}, "--loop was '1', now '0'"),
        ({"max_jump_ns": 0}, "--max-jump was '86400s', now '0s'"),
        ({"columns": FormatOptions(zone="Asia/Tokyo")}, "--zone was not given, now 'Asia/Tokyo'"),
        (
            {"columns": FormatOptions(columns={"bid_price": "b"})},
            "--column was not given, now 'bid_price=b'",
        ),
    ],
)
def test_an_option_that_differs_is_named_with_both_values(
    settings: ReplaySettings, change: dict[str, object], said: str
) -> None:
    other = replace(settings, **change)  # type: ignore[arg-type]

    assert said == differences(run_options(settings), run_options(other))


def test_an_option_that_is_no_longer_given_is_named_too(settings: ReplaySettings) -> None:
    model = LatencyModel.parse("constant:5ms", "--latency")
    before = run_options(replace(settings, latency=model))

    assert differences(before, run_options(settings)).startswith("--latency was ")
    assert differences(before, run_options(settings)).endswith(", now it is not")


def test_files_are_told_by_name_and_size_and_else_by_their_contents(
    settings: ReplaySettings, tmp_path: Path
) -> None:
    before = run_options(settings)
    other = tmp_path / "other.csv"
    other.write_text("12345")

    said = differences(before, run_options(settings))
    assert "the files have other contents, or are taken for another format" == said
    assert "files was 'quotes.csv', now 'other.csv'; bytes was '4', now '5'" == differences(
        before, run_options(replace(settings, historical=(other,)))
    )


def test_the_size_of_a_file_is_that_with_which_the_run_was_named(
    settings: ReplaySettings, tmp_path: Path
) -> None:
    folder = tmp_path / "capture"
    folder.mkdir()
    (folder / name_of(0)).write_bytes(b"12345")
    others = replace(settings, historical=(*settings.historical, folder))
    sizes_bytes = [settings.historical[0].stat().st_size, folder.stat().st_size]
    run_identity(others, None)
    settings.historical[0].write_text("longer by now")

    assert f"{sum(sizes_bytes):,}" == run_options(others)["bytes"]


def test_a_format_of_the_user_is_told_by_what_it_says(
    settings: ReplaySettings, tmp_path: Path
) -> None:
    path = tmp_path / "my.toml"
    said = []
    for scale in ("1", "0.1"):
        columns = "".join(f"{name} = 'x'\n" for name in ("timestamp", "bid_price", "ask_price"))
        path.write_text(f"[columns]\n{columns}[prices]\nscale = {scale}\n")
        format_named.cache_clear()
        said.append(run_options(replace(settings, columns=FormatOptions(format=str(path)))))
    format_named.cache_clear()

    assert differences(*said).startswith("--format was ")


def test_what_a_file_is_taken_for_is_told_with_the_definition_that_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "quotes.csv"
    path.write_text("symbol,timestamp,datetime,bid,ask\nA,1626992741012,,1,2\n")
    settings = ReplaySettings(historical=(path,))
    before = run_options(settings)
    (layout,) = check_files((path,))
    assert layout is not None
    changed = replace(layout, digest="0" * 64)
    monkeypatch.setattr("zreplay.recordings.recording_layout.check_files", lambda *_: [changed])

    told = differences(before, run_options(settings))

    assert told.startswith("format was 'ccxt ")
    assert told.endswith(", now 'ccxt 00000000, times epoch ms'")


def test_no_secret_of_an_address_is_kept() -> None:
    options = run_options(ReplaySettings(live=("wss://me:secret@host/x?key=secret",)))

    assert "secret" not in str(options)
    assert "host" in options["--live"]


def test_no_more_is_listed_than_one_reads() -> None:
    before = {f"--{number}": "x" for number in range(LISTED_DIFFERENCES + 2)}

    assert differences(before, {"--a": "b"}).endswith("; and 3 more")


def test_of_a_run_that_did_not_keep_its_options_nothing_is_said() -> None:
    assert "" == differences({}, {"--loop": "1"})


def test_a_long_option_is_kept_whole_and_told_in_short(settings: ReplaySettings) -> None:
    names = {"timestamp": "t" * 60, "ticker": "s" * 60}
    kept = run_options(replace(settings, columns=FormatOptions(columns=names)))

    assert f"ticker={'s' * 60} timestamp={'t' * 60}" == kept["--column"]
    assert len(differences(kept, {**kept, "--column": "x" * 300})) < 200
    names = {"ticker": "s" * 5_000}
    assert 4_000 == len(
        run_options(replace(settings, columns=FormatOptions(columns=names)))["--column"]
    )
