"""What a worker has other than the run is named."""

from msgspec.structs import replace

from tests.protocol.examples import ALL, SPREAD
from tests.zmid.fakes import result
from zmid.mid_rule import MidRule
from zmid.processors.mids_table import mids_table
from zmid.run_rule import RunRule

MIDS = RunRule.of(result(0))


def test_another_threshold_or_stamp_is_named_with_that_of_the_run() -> None:
    other = RunRule(30.0, "arrival", ())

    assert (
        "has threshold 30 ms and stamp arrival, this run has threshold 20 ms and exchange"
        == other.beside(MIDS)
    )


def test_a_worker_without_the_mid_price_is_named() -> None:
    assert "has no mid price" in RunRule(None, "exchange", ()).beside(MIDS)
    assert "this run has no mid price" in MIDS.beside(RunRule(None, "exchange", ()))


def test_other_processors_are_named_by_name_parameters_and_source() -> None:
    mended = RunRule(20.0, "exchange", (replace(SPREAD, digest=b"m" * 16),))
    run = RunRule(20.0, "exchange", (SPREAD, ALL))

    assert (
        "runs processor spread(tick=0.1) of source 6d6d6d6d, this run has "
        "processor spread(tick=0.1) of source 64646464, processor all of source 65656565"
        == mended.beside(run)
    )
    assert "runs no processor, this run has processor spread" in MIDS.beside(run)


def test_the_table_is_known_by_its_file() -> None:
    table = mids_table(MidRule(20.0, "exchange")).declaration

    assert RunRule(20.0, "exchange", (SPREAD, table)).has_table
    assert not RunRule(20.0, "exchange", (SPREAD,)).has_table
