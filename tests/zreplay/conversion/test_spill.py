"""What was written comes back in its order, once."""

from pathlib import Path

from tests.zreplay.example_quotes import make_block
from zreplay.conversion.quote_table import QuoteTable
from zreplay.conversion.spill import Spill


def test_batches_come_back_in_order_and_leave_no_file(tmp_path: Path) -> None:
    table = QuoteTable(has_latency=True)
    batches = [table.batch(make_block([first, first + 1])) for first in (5, 3, 4)]
    spill = Spill(tmp_path / "spill", table.schema)
    for batch in batches:
        spill.write(batch)
    spill.end()

    assert batches == list(spill.read())
    assert [] == list(tmp_path.iterdir())
