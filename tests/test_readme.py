"""The READMEs cannot drift: commands parse, paths and links exist, tables match the code."""

import re
import shlex
from collections.abc import Iterator

import click
import pytest

from protocol import errors
from protocol.error_codes import ERROR_CODES, ROW_CODES
from protocol.limits import MAX_BATCH_QUOTES, MAX_TICKER_CHARS
from protocol.messages import WINDOW_BYTES, WINDOW_QUOTES, Batch, Columns
from tests.command_lines import PROGRAMS, parse
from tests.documents import (
    COMPONENTS,
    DOCUMENTS,
    README,
    ROOT,
    anchors,
    command_lines,
    first_cells,
    inline,
    links,
    section,
)
from tests.test_architecture import FLOOR_OF, FLOORS
from zreplay.commands.reference import TOPICS
from zreplay.commands.schemas import SHAPES
from zreplay.controls.status_schema import FIELDS
from zreplay.controls.verb_table import VERBS

MOST_LINES = 300
COMMAND_LINES = {line: path for path, text in DOCUMENTS.items() for line in command_lines(text)}
TEXTS = [*COMMAND_LINES, *(code for text in DOCUMENTS.values() for code in inline(text))]
PATHS = re.compile(r"(?:protocol|zreplay|zmid|tests|fixtures|scripts)/[\w./]*\w")


def commands_of(command: click.Command) -> Iterator[click.Command]:
    yield command
    if isinstance(command, click.Group):
        for deeper in command.commands.values():
            yield from commands_of(deeper)


def known_options() -> set[str]:
    """Return every option of our programs, and all that scripts write out."""
    options = {
        name
        for program in PROGRAMS.values()
        for command in commands_of(program)
        for parameter in command.params
        for name in parameter.opts
    }
    scripts = [path.read_text() for path in (ROOT / "scripts").glob("[!R]*") if path.is_file()]
    options.add("--help")  # click's own
    return options.union(*(re.findall(r"--[a-z][a-z-]+", text) for text in scripts))


def test_the_readme_is_read_in_ten_minutes() -> None:
    assert len(README.splitlines()) <= MOST_LINES


@pytest.mark.parametrize("component", COMPONENTS)
def test_the_readme_leads_to_that_of_each_component(component: str) -> None:
    assert f"{component}/README.md" in [path for path, _ in links(README)]


@pytest.mark.parametrize("line", COMMAND_LINES)
def test_a_command_of_a_readme_is_one_that_its_program_takes(line: str) -> None:
    program, *arguments = shlex.split(line, comments=True)
    if program in PROGRAMS:
        parse(program, arguments)
    else:
        script = ROOT / program
        assert (True, True) == (program.startswith("scripts/"), script.stat().st_mode & 0o111 > 0)


def test_every_command_and_every_verb_is_shown() -> None:
    shown = {tuple(shlex.split(text, comments=True)[:2]) for text in TEXTS}
    commands = {(name, command) for name, group in PROGRAMS.items() for command in group.commands}
    verbs = re.findall(r"zreplay ctl (\w+)", README)

    assert set() == commands - shown - {("zreplay", "demo")}  # scripts/demo is how it is shown
    assert set(VERBS) == set(verbs)


def test_every_option_that_is_named_exists() -> None:
    named = {option for text in TEXTS for option in re.findall(r"--[a-z-]+", text)}

    assert named
    assert set() == named - known_options()


def test_every_path_that_is_named_exists() -> None:
    places = [place for text in TEXTS for place in PATHS.findall(text)]

    assert [] == [place for place in places if not (ROOT / place).exists()]


@pytest.mark.parametrize("path", DOCUMENTS)
def test_every_link_leads_to_a_file_and_to_a_heading_of_it(path: str) -> None:
    for to, heading in links(DOCUMENTS[path]):
        target = (ROOT / path).parent / to if to else ROOT / path
        assert target.exists(), to
        if heading:
            assert heading in anchors(target.read_text()), f"{to}#{heading}"


def test_the_rooms_are_listed_from_below_each_with_files_of_its_own() -> None:
    rows = [
        line.split("|")[1:4]
        for line in section("The rooms", README).splitlines()
        if line.startswith("| `")
    ]
    listed = [room.replace("/", ".").strip(".") for names, _, _ in rows for room in inline(names)]
    rooms = [room for floor in FLOORS for room in floor if (ROOT / room.replace(".", "/")).is_dir()]

    assert {"zmid", *rooms} == {"zreplay", *listed}
    assert sorted(listed, key=lambda room: FLOOR_OF.get(room, 1)) == listed
    for names, _, files in rows:
        assert {f"{file.rpartition('/')[0]}/" for file in inline(files)} == set(inline(names))


def test_every_row_of_what_to_open_names_a_file() -> None:
    table = section("To change X, open Y", README)
    rows = [line for line in table.splitlines() if line.startswith("|")]

    assert len(rows) > 10
    assert [] == [row for row in rows[2:] if not PATHS.search(row)]


def test_the_table_of_exit_codes_is_that_of_the_errors() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    raised = {kind.exit_code for kind in kinds if issubclass(kind, errors.ZreplayError)}
    named = {value for name, value in vars(errors).items() if name.startswith("EXIT_")}

    assert sorted(raised | named) == [
        int(code) for code in first_cells(section("Exit codes", README))
    ]


@pytest.mark.parametrize("path", DOCUMENTS)
def test_every_code_that_is_named_can_be_looked_up(path: str) -> None:
    named = set(re.findall(r"\bZ\d{3}\b", DOCUMENTS[path]))

    assert set() == named - {*ROW_CODES, *ERROR_CODES}


def test_every_topic_of_the_reference_is_shown() -> None:
    shown = set(re.findall(r"zreplay reference (\w+)", "\n".join(TEXTS)))

    assert {*TOPICS} == shown


def test_the_table_of_the_status_is_its_schema() -> None:
    lines = [f"| `{name}` | {text} |" for name, text in FIELDS.items()]
    shown = section("What status holds", DOCUMENTS["zreplay/README.md"]).splitlines()

    assert lines == [line for line in shown if line[:3] == "| `"]


def test_the_schemas_are_those_that_are_named() -> None:
    (named,) = re.findall(r"JSON Schema: of (.*)", DOCUMENTS["zreplay/README.md"])

    assert [*SHAPES] == named.split(", ")


def test_the_fields_of_a_batch_are_those_on_the_wire() -> None:
    lists = [
        re.split(r",\s*", text)
        for text in re.findall(
            r"`\[([^\]]+)\]`", section("The frame", DOCUMENTS["protocol/README.md"])
        )
        if "," in text
    ]

    assert [list(Batch.__struct_fields__), list(Columns.__struct_fields__)] == lists


def test_the_window_and_a_batch_are_as_large_as_it_says() -> None:
    wire = DOCUMENTS["protocol/README.md"]

    assert f"{WINDOW_BYTES // 1024**2} MiB and {WINDOW_QUOTES:,} quotes" in README
    assert f"at most {MAX_BATCH_QUOTES:,} quotes" in wire
    assert f"at most {MAX_TICKER_CHARS} characters" in wire


def test_the_package_that_is_published_has_all_of_them() -> None:
    included = (ROOT / "MANIFEST.in").read_text().split()

    assert set() == {*DOCUMENTS, "CHANGELOG.md"} - {*included, "README.md"}
