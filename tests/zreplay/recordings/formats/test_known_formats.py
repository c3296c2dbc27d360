"""The formats that come with the program can be read, each by its name."""

from pathlib import Path

import pytest

from protocol.errors import InputError, SettingsError
from tests.format_examples import EXAMPLES
from zreplay.recordings.formats.known_formats import (
    OWN,
    format_named,
    formats_digest,
    known_formats,
)


def test_each_has_an_example_and_says_what_it_is() -> None:
    names = {definition.name for definition in known_formats()}

    assert names == {each.format for each in EXAMPLES.values() if each.format != "events"}
    assert OWN in names
    assert all(definition.what for definition in known_formats())


def test_a_format_is_found_in_any_case() -> None:
    assert "tardis" == format_named("Tardis").name


def test_a_file_of_a_user_is_one_too(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('[columns]\ntimestamp = "t"\nbid_price = "b"\nask_price = "a"\n')

    assert "mine" == format_named(str(path)).name


@pytest.mark.parametrize(
    ("content", "words"), [(b"a = ", "is no TOML"), (b"\xff", "is no TOML"), (b"", "has no")]
)
def test_a_file_that_defines_none_says_why(content: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(content)

    with pytest.raises(SettingsError, match=words):
        format_named(str(path))


def test_a_file_that_is_not_there_is_no_input(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot read the format"):
        format_named(str(tmp_path / "none.toml"))


def test_a_file_without_end_is_not_read_to_its_end(tmp_path: Path) -> None:
    (tmp_path / "zero.toml").symlink_to("/dev/zero")

    with pytest.raises(InputError, match="more than"):
        format_named(str(tmp_path / "zero.toml"))


def test_a_name_that_is_none_lists_them() -> None:
    with pytest.raises(SettingsError, match="no format") as refused:
        format_named("spam")

    assert "tardis" in str(refused.value.fix)


def test_the_digest_is_that_of_all_of_them() -> None:
    assert 64 == len(formats_digest())


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("binance", "did you mean binance-vision? one of alpaca, "),
        ("Tardsi", "did you mean tardis? "),
        ("taq", "did you mean taq-bbo or taq-nbbo? "),
        ("x" * 20, "one of alpaca, "),
        ("", "one of alpaca, "),
    ],
)
def test_a_name_that_is_nearly_one_is_answered_with_that_one(name: str, meant: str) -> None:
    with pytest.raises(SettingsError) as raised:
        format_named(name)

    assert raised.value.fix.startswith(meant)
