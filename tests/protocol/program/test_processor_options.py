"""A worker and a run take the same options of processors."""

from tests.command_lines import parse

NAMES = ("processor", "table", "no_mid", "check_processor", "processor_limit")


def test_both_programs_take_them_and_have_the_same_defaults() -> None:
    worker, run = parse("zmid", ["worker"]).params, parse("zreplay", ["run"]).params

    expected = dict(zip(NAMES, ((), False, False, 0.0, 30.0), strict=True))
    assert expected == {name: worker[name] for name in NAMES}
    assert expected == {name: run[name] for name in NAMES}
