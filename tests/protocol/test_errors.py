"""Each error knows its exit code, and says what to do."""

import errno

import pytest

from protocol import errors
from protocol.errors import ZreplayError

EXIT_CODES = {
    "SettingsError": 2,
    "LinkError": 3,
    "InputError": 4,
    "ProtocolError": 5,
    "MalformedMessage": 5,
    "Fenced": 5,
    "PoisonBatch": 5,
    "ResultLogError": 6,
    "NoRoom": 6,
}


def kinds() -> dict[str, type[ZreplayError]]:
    return {
        name: kind
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, ZreplayError) and kind is not ZreplayError
    }


def test_the_exit_codes_are_those_of_the_readme() -> None:
    assert EXIT_CODES == {name: kind.exit_code for name, kind in kinds().items()}


@pytest.mark.parametrize("name", EXIT_CODES)
def test_the_tree_at_the_head_of_the_file_shows_each(name: str) -> None:
    assert f"- {name} " in f"{errors.__doc__}".replace("\n", " \n")


def test_the_text_is_what_went_wrong_and_the_remedy() -> None:
    error = errors.LinkError("cannot listen on tcp://127.0.0.1:1", fix="choose another port")

    assert "cannot listen on tcp://127.0.0.1:1\nfix: choose another port" == str(error)
    assert "choose another port" == error.fix


def test_without_a_remedy_of_its_own_it_has_that_of_its_code() -> None:
    error = errors.InputError("no such file", code="Z401")

    assert "no such file\nfix: check its name and permissions" == str(error)
    assert "check that it runs, and where" == errors.LinkError("gone").fix


def test_a_file_that_may_not_grow_has_a_remedy_of_its_own() -> None:
    assert "see to it" == errors.write_fix(OSError(errno.EIO, ""), "see to it")
    assert "ulimit -f" in errors.write_fix(OSError(errno.EFBIG, ""), "see to it")
