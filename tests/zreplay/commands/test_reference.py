"""A look-up returns what the code defines: a whole table, some rows, or a clear error."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from protocol.error_codes import ERROR_CODES, ROW_CODES
from protocol.errors import SettingsError
from zreplay.commands.cli import cli
from zreplay.commands.reference import TOPICS
from zreplay.commands.schemas import SHAPES, schema_of
from zreplay.controls.status_schema import FIELDS
from zreplay.live.known_venues import known_venues
from zreplay.recordings.formats.known_formats import known_formats

README = Path(__file__).parents[3] / "zreplay" / "README.md"


def reference(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["reference", *arguments])


def as_json(*arguments: str) -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = json.loads(reference(*arguments, "--json").output)
    return found


def test_without_a_topic_the_topics_are_listed() -> None:
    lines = reference().output.splitlines()

    assert [*TOPICS] == [line.split()[0] for line in lines]
    assert [*TOPICS] == [row["name"] for row in as_json()["topics"]]


def test_every_code_is_there_with_what_it_means_and_what_to_do() -> None:
    rows = [{"name": code, "what": what} for code, what in ROW_CODES.items()]
    rows += [{"name": code, **meaning._asdict()} for code, meaning in ERROR_CODES.items()]

    assert {"schema": 1, "errors": rows} == as_json("errors")


def test_every_format_is_there_and_one_that_was_never_tried_on_a_real_file_says_so() -> None:
    rows = {row["name"]: row["what"] for row in as_json("formats")["formats"]}

    unverified = {known.name for known in known_formats() if not known.is_verified}
    names = [known.name for known in known_formats()]
    assert sorted([*names, "cryptofeed", "dbn", "hftbacktest"]) == [*rows]
    assert {
        *("alpaca", "ccxt", "dukascopy", "kdb", "mt5", "polygon"),
        *("refinitiv", "taq-bbo", "taq-nbbo", "tardis-book-snapshot"),
    } == unverified
    assert unverified == {name for name, what in rows.items() if "[unverified]" in what}
    said = README.read_text().partition("`unverified` in the list")[2].partition("(")[2]
    assert unverified == {*said.partition(")")[0].replace(",", " ").split()}


def test_every_venue_is_there_with_what_it_shows_and_how_it_is_named() -> None:
    rows = {row["name"]: row["what"] for row in as_json("venues")["venues"]}

    assert [venue.name for venue in known_venues()] == [*rows]
    for venue in known_venues():
        assert venue.shows in rows[venue.name]
        assert f"--live {venue.name}:{venue.example}" in rows[venue.name]
        assert venue.is_verified == ("[unverified]" not in rows[venue.name])
    assert "at each match only" in rows["coinbase"]


def test_every_field_of_the_status_is_there() -> None:
    rows = [{"name": name, "what": what} for name, what in FIELDS.items()]

    assert {"schema": 1, "status": rows} == as_json("status")


def test_every_schema_is_listed_and_printed_whole_by_its_name() -> None:
    rows = [{"name": name, "what": shape.what} for name, shape in SHAPES.items()]

    assert {"schema": 1, "schemas": rows} == as_json("schema")
    for name in SHAPES:
        assert (
            schema_of(name)
            == as_json("schema", name)
            == json.loads(reference("schema", name).output)
        )


def test_a_code_is_looked_up_alone_in_any_case() -> None:
    text = "Z301  an address cannot be listened on\n      fix: "

    assert reference("errors", "z301").output.startswith(text)
    assert 2 == len(reference("errors", "Z301").output.splitlines())


def test_the_start_of_a_name_finds_all_that_begin_with_it() -> None:
    codes = [row["name"] for row in as_json("errors", "Z3")["errors"]]

    assert [code for code in ERROR_CODES if code.startswith("Z3")] == codes


@pytest.mark.parametrize("topic", TOPICS)
def test_what_a_topic_does_not_have_is_an_error_that_names_both(topic: str) -> None:
    error = reference(topic, "nothing").exception

    assert isinstance(error, SettingsError)
    assert ("Z203", True) == (
        error.code,
        f"{topic} has no entry that begins with 'nothing'" in str(error),
    )


def test_what_is_no_topic_is_refused_with_those_that_are() -> None:
    result = reference("weather")

    assert 2 == result.exit_code
    assert all(f"'{topic}'" in result.output for topic in TOPICS)
