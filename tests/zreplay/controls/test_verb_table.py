"""The table of verbs is complete, and the README lists them as it does."""

import pytest

from tests.documents import README
from zreplay.controls.verb_table import VERBS


@pytest.mark.parametrize("name", VERBS)
def test_a_verb_that_takes_a_value_has_an_example_of_it_and_no_other_has(name: str) -> None:
    verb = VERBS[name]

    assert bool(verb.value) == bool(verb.example)
    assert verb.value or not verb.default


def test_the_list_of_verbs_in_the_readme_is_the_table() -> None:
    lines = [
        f"{f'zreplay ctl {name} {verb.example}'.rstrip():<38} # {verb.what}"
        for name, verb in VERBS.items()
    ]

    assert "\n".join(["```sh", *lines, "```"]) in README
