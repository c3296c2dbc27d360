"""Each error knows its exit code, and says what to do."""

import errno

import pytest

from protocol import errors
from protocol.errors import ZreplayError

EXIT_CODES = {
    "SettingsError": 2,
    "LinkError": 3,
    "KeyRefused": 3,
    "InputError": 4,
    "ProtocolError": 5,
    "MalformedMessage": 5,
    "OtherVersion": 5,
    "Fenced": 5,
    "PoisonBatch": 5,
    "ResultLogError": 6,
    "ProcessorError": 8,
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
    assert "check that it is running, and where" == errors.LinkError("gone").fix


@pytest.mark.parametrize(("theirs", "behind"), [(3, "the sink"), (5, "this replayer")])
def test_of_two_versions_the_older_one_is_to_be_upgraded(theirs: int, behind: str) -> None:
    error = errors.OtherVersion(theirs, 4).between("the sink", "this replayer")

    assert (
        f"the sink speaks version {theirs} of the protocol, this replayer version 4" == error.what
    )
    assert error.fix.startswith(f"upgrade {behind}:")


def test_a_file_that_may_not_grow_has_a_remedy_of_its_own() -> None:
    assert "see to it" == errors.write_fix(OSError(errno.EIO, ""), "see to it")
    assert "ulimit -f" in errors.write_fix(OSError(errno.EFBIG, ""), "see to it")
