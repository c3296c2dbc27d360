"""There is a list of rejected rows if there are any, and only of a conversion that was whole."""

import json
from pathlib import Path

from zreplay.conversion.rejected_rows import RejectedRows
from zreplay.quotes.rejection import Rejection, RowCode

ROW = Rejection("a.csv", 3, 40, "bid_price", "x", "not a number", RowCode.NOT_A_NUMBER)


def test_the_rows_are_there_once_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "rejected.log"
    with RejectedRows(path) as rows:
        rows.append(ROW)
        rows.append(ROW._replace(line=4))
        assert not path.exists()
        rows.commit()

    assert [3, 4] == [json.loads(line)["line"] for line in path.read_text().splitlines()]
    assert [path] == list(tmp_path.iterdir())


def test_without_one_an_earlier_list_goes_but_not_if_it_was_not_whole(tmp_path: Path) -> None:
    path = tmp_path / "rejected.log"
    path.write_text("of before")
    with RejectedRows(path) as rows:
        rows.append(ROW)
    assert "of before" == path.read_text()
    with RejectedRows(path) as rows:
        rows.commit()

    assert [] == list(tmp_path.iterdir())
