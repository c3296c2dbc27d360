"""A pattern stands for the files that it matches, by name; anything else for itself."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from protocol.errors import InputError
from tests.end_to_end.processes import ROOT, finish
from tests.object_server import ObjectServer, stored_objects
from zreplay.recordings.input_paths import (
    OWN_FILES,
    OWN_FOLDERS,
    STANDARD_INPUT,
    check_is_no_address,
    matching,
)

SAMPLE = ROOT / "fixtures" / "historical_sample.csv"
PROCESSOR = """
from zmid.processors import Text, csv_lines, processor


@processor(Text("bids.csv"))
def bids(quotes):
    return csv_lines(quotes.ticker, quotes.bid_price)
"""


def test_a_pattern_becomes_its_files_by_name(tmp_path: Path) -> None:
    for name in ("b.csv", "a.csv", "c.txt", "deep/d.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    a, b, d = (tmp_path / name for name in ("a.csv", "b.csv", "deep/d.csv"))

    assert (a, b) == matching([tmp_path / "*.csv"])
    assert (b, a) == matching([b, tmp_path / "[a]*"])
    assert (a, b, d) == matching([tmp_path / "**" / "*.csv"])


def test_what_a_pattern_matches_comes_as_paths_are_ordered(tmp_path: Path) -> None:
    names = ["a/x", "a-b/x", "a b/x", "C/x", "b/10", "b/9", "~/x"]
    paths = [tmp_path / name for name in names]
    for path in paths:
        path.parent.mkdir(exist_ok=True)
        path.touch()

    assert tuple(sorted(paths)) == matching([tmp_path / "*" / "*"])


def test_a_name_is_itself_whether_the_file_is_there_or_not(tmp_path: Path) -> None:
    strange = tmp_path / "a[1].csv"
    strange.touch()

    assert (strange, Path("nowhere"), STANDARD_INPUT) == matching(
        [strange, Path("nowhere"), STANDARD_INPUT]
    )


def test_a_pattern_without_a_match_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no file matches"):
        matching([tmp_path / "*.csv"])


@pytest.mark.parametrize("check", [check_is_no_address, lambda path: matching([path])])
def test_an_address_is_refused_without_its_secrets(check: Callable[[Path], object]) -> None:
    with pytest.raises(InputError) as raised:
        check(Path("https://K:S@b/x?secret=T"))

    assert "https://b/x is an address, not a file" == raised.value.what


@pytest.mark.parametrize(
    "address", ["s3://K:S@b/x", "s3://K@b/x", "gs://b/x?secret=T", "abfs://b/x#T", "s3://K:S/x"]
)
def test_the_address_of_an_object_has_no_secrets(address: str) -> None:
    with pytest.raises(InputError, match="was given with a user, a password or a query") as raised:
        matching([Path(address)])
    assert re.fullmatch("[a-z0-9]+://[bK]/x: was given .*", raised.value.what)


OF_A_RUN = ("q/run.json", "q/o/commit.ring", "q/o/outputs/a.csv", "q/all.csv.rejected.log")


@pytest.fixture
def store() -> Iterator[ObjectServer]:
    with stored_objects() as server:
        for key in ("q/b.csv", "q/a.csv", "q/deep/c.csv", "q/.x", "q/_d/e.csv", "r", *OF_A_RUN):
            server.objects[key] = b"text"
        yield server


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("s3://bucket/q", ["q/a.csv", "q/b.csv", "q/deep/c.csv"]),
        ("s3://bucket/q/", ["q/a.csv", "q/b.csv", "q/deep/c.csv"]),
        ("s3://bucket/q/*.csv", ["q/a.csv", "q/b.csv"]),
        ("s3://bucket/**/[bc].csv", ["q/b.csv", "q/deep/c.csv"]),
        ("s3://bucket/*/run.json", ["q/run.json"]),
        ("S3://bucket/r", ["r"]),
        ("s3://bucket/nothing", ["nothing"]),
    ],
)
def test_an_address_is_what_a_path_would_be(
    store: ObjectServer, asked: str, expected: list[str]
) -> None:
    assert expected == [path.key.partition("/")[2] for path in matching([Path(asked)])]  # type: ignore[attr-defined]


def test_what_is_asked_of_a_store_keeps_its_place_among_files(
    store: ObjectServer, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    path.touch()
    asked = [Path("s3://bucket/r"), path, Path("s3://bucket/q/a.csv"), STANDARD_INPUT]

    assert ["s3://bucket/r", str(path), "s3://bucket/q/a.csv", "-"] == [
        str(each) for each in matching(asked)
    ]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("s3://bucket/q/*.x", "no object matches"),
        ("s3://buck*/q", "the bucket is a pattern"),
        ("s3://bucket/q/_d/../_d", "is a folder without"),
    ],
)
def test_what_is_nothing_in_a_store_is_an_error(store: ObjectServer, asked: str, said: str) -> None:
    store.objects["q/_d/../_d/.hidden"] = b""
    with pytest.raises(InputError, match=said):
        matching([Path(asked)])


def test_a_file_below_a_folder_that_is_called_like_a_scheme_is_that_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = Path("s3:/quotes.csv")
    path.parent.mkdir()
    path.touch()

    assert (path,) == matching([path])


def test_a_folder_is_all_files_in_it_by_name_but_hidden_ones_and_those_of_a_run(
    tmp_path: Path,
) -> None:
    taken = ("a.csv", "b/c.parquet", "b/no recording at all", "b.csv")
    left_out = (".DS_Store", "_SUCCESS", ".git/x.csv", "_delta/y.csv", "b/new.csv.part")
    of_a_run = (*OWN_FILES, "run.lock", "sink.lock", "replayer.lock")
    for name in (*taken, *left_out, *(f"out/{name}" for name in of_a_run)):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()

    assert tuple(sorted(tmp_path / name for name in taken)) == matching([tmp_path])


def test_a_link_in_a_folder_is_the_file_that_it_leads_to_and_no_folder(tmp_path: Path) -> None:
    folder, other = tmp_path / "all", tmp_path / "other"
    for path in (folder / "b.csv", folder / "b" / "c.csv", other / "d.csv"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    os.mkfifo(folder / "pipe")
    for name, target in [("a.csv", other / "d.csv"), ("z", other), ("nowhere", tmp_path / "none")]:
        (folder / name).symlink_to(target)

    names = ["a.csv", "b/c.csv", "b.csv"]
    assert tuple(folder / name for name in names) == matching([folder])
    assert matching([folder]) == tuple(sorted(matching([folder])))


def test_the_files_of_a_run_are_those_that_it_writes(tmp_path: Path) -> None:
    out = tmp_path / "out"
    processor = tmp_path / "bids.py"
    processor.write_text(PROCESSOR)
    asked = (SAMPLE, "--limit", 9, "--speed", "max", "--out", out)
    finish("zreplay", "run", *asked, "--table", "--processor", f"{processor}:bids")

    assert list((out / "outputs").iterdir())
    with pytest.raises(InputError, match="is a directory without a recording"):
        matching([out])


def test_the_files_of_a_backfill_are_those_that_it_writes(tmp_path: Path) -> None:
    out = tmp_path / "out"
    finish("zreplay", "backfill", SAMPLE, "--out", out)

    with pytest.raises(InputError, match="is a directory without a recording"):
        matching([out])


def test_a_folder_is_only_of_a_run_beside_what_says_so(tmp_path: Path) -> None:
    files = [tmp_path / name / "a.csv" for name in sorted(OWN_FOLDERS)]
    for file in files:
        file.parent.mkdir()
        file.touch()

    assert tuple(files) == matching([tmp_path])


def test_of_the_two_files_of_a_lobster_day_in_a_folder_the_one_is_given(tmp_path: Path) -> None:
    names = ("AAPL_2012-06-21_1_2_message_1.csv", "AAPL_2012-06-21_1_2_orderbook_1.csv")
    for name in names:
        (tmp_path / name).touch()

    assert (tmp_path / names[1],) == matching([tmp_path])


def test_a_folder_with_more_files_than_can_be_merged_is_refused_while_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zreplay.quotes.file_numbers.MAX_FILES", 2)
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).touch()
    assert 2 == len(matching([tmp_path]))
    (tmp_path / "c.csv").touch()

    with pytest.raises(InputError, match="more than 2 files") as error:
        matching([tmp_path])
    assert "Z405" == error.value.code


def test_a_folder_that_cannot_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(path: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("os.scandir", refused)
    with pytest.raises(InputError, match=f"{tmp_path}: cannot be read: Permission denied"):
        matching([tmp_path])


def test_a_pattern_takes_the_files_and_not_the_folders_that_it_matches(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "a.csv").touch()

    assert (tmp_path / "a.csv",) == matching([tmp_path / "*"])


def test_of_the_two_objects_of_a_lobster_day_in_a_folder_the_one_is_given() -> None:
    names = ("AAPL_2012-06-21_1_2_message_1.csv", "AAPL_2012-06-21_1_2_orderbook_1.csv")
    with stored_objects() as store:
        store.objects = {f"q/{name}": b"" for name in names}

        assert [names[1]] == [path.name for path in matching([Path("s3://bucket/q")])]
