"""Joined blocks keep every row, and every row keeps its ticker."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.zreplay.example_quotes import make_block
from zreplay.quotes.block import Block
from zreplay.quotes.ticker_table import TickerTable, joined, used_codes


def tickers(block: Block) -> list[str]:
    return [block.ticker_names[code] for code in block.ticker_codes.tolist()]


def test_blocks_with_names_of_their_own_become_one() -> None:
    first = make_block([1, 2], ["B", "A"], ["X", "A", "B"])
    second = make_block([3, 1], ["A", "C"])

    block = joined([first, second])

    assert [1, 2, 3, 1] == block.arrival_ns.tolist()
    assert ["B", "A", "A", "C"] == tickers(block)
    assert len(set(block.ticker_names)) == len(block.ticker_names)


def test_a_single_block_is_not_copied() -> None:
    block = make_block([1])

    assert block is joined([block])


def test_blocks_of_the_same_names_keep_them() -> None:
    block = make_block([1, 2], ["A", "B"])

    assert block.ticker_names is joined([block, block]).ticker_names


def test_blocks_without_rows_can_be_joined() -> None:
    assert ["A"] == tickers(joined([make_block([]), make_block([1], ["A"]), make_block([])]))


def test_a_name_keeps_its_code() -> None:
    table = TickerTable()

    assert [0, 1] == table.add(["A", "B"]).tolist()
    assert [1, 2, 2] == table.add(["B", "C", "C"]).tolist()
    assert ("A", "B", "C") == table.names
    assert 3 == len(table)


def test_a_tuple_that_was_added_last_is_numbered_at_once_and_the_same() -> None:
    table, names = TickerTable(), ("BTC", "ETH")
    first = table.add(names)
    table.add(("SOL", "ETH"))

    assert [0, 1] == table.add(names).tolist()
    assert table.add(names) is table.add(names)
    assert first.tolist() == table.add([*names]).tolist()


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3), st.integers(0, 6))))
def test_names_have_their_codes_whoever_gave_what_before(steps: list[tuple[int, int, int]]) -> None:
    table, codes = TickerTable(), dict[str, int]()
    for giver, first, count in steps:
        names = tuple("ABCDEFGHI"[first : first + count])
        for name in names:
            codes.setdefault(name, len(codes))

        assert [codes[name] for name in names] == table.add(names, giver).tolist()
        assert tuple(codes) == table.names


def test_names_that_were_given_before_are_not_looked_up_again() -> None:
    looked_up = list[str]()

    class Name(str):
        def __hash__(self) -> int:
            looked_up.append(str(self))
            return super().__hash__()

    few = tuple(map(Name, "AB"))
    more = (*few, Name("C"))
    table = TickerTable()
    for names in (few, more, few, more):
        table.add(names, 1)
        table.add((Name("X"),), 2)
    for names in (more, few, more):
        table.add(names, 3)  # what came last, of another giver
        table.add(names, 1)

    assert ["A", "B", "X", "C"] == list(dict.fromkeys(looked_up))
    assert (1, 1, 1) == tuple(map(looked_up.count, "ABC"))


def test_what_givers_have_in_common_is_looked_up_once() -> None:
    looked_up = list[str]()

    class Name(str):
        def __hash__(self) -> int:
            looked_up.append(str(self))
            return super().__hash__()

    names = tuple(map(Name, "ABCD"))
    table = TickerTable()
    for giver in range(4):
        assert [*range(giver + 1)] == table.add(names[: giver + 1], giver).tolist()
    for giver in range(4):
        assert [0, 1, 2, 3] == table.add(names, giver).tolist()

    assert [*"ABCD"] == looked_up


def test_a_code_is_used_if_a_row_has_it() -> None:
    block = make_block([1, 2, 3], ["C", "A", "C"], ["A", "B", "C", "D"])

    assert [0, 2] == used_codes(block).tolist()
    assert np.int64 == used_codes(block).dtype
    assert [] == used_codes(make_block([])).tolist()
