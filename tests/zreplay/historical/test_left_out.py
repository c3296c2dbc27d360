"""What is left out is counted before the quote that follows it, wherever a replay goes on."""

import numpy as np
from msgspec.structs import replace

from tests.zreplay.example_quotes import make_block
from zreplay.historical.left_out import (
    NOTHING,
    Chosen,
    LeftOut,
    key_before_whole_arrival,
    leave_out,
)
from zreplay.ordering.order_cursor import Key
from zreplay.quotes.block import LAST_POSITION, Block, first_position

FILES = (0, 0, 1, 1, 1)
POSITIONS = [first_position(file) + row for row, file in enumerate(FILES)]


def overlap() -> Block:
    """Return five quotes that arrive together: a b | a b c."""
    block = make_block([7] * 5, ["a", "b", "a", "b", "c"])
    ones = {name: np.ones(5) for name in ("ask_amount", "ask_price", "bid_price", "bid_amount")}
    return replace(block, position=np.array(POSITIONS), **ones)


def leave_out_repeats(chosen: Chosen, after: Key | None) -> Chosen:
    return leave_out(chosen, session=None, dedupe=True, after=after)


def test_each_place_knows_how_many_were_left_out_before_it() -> None:
    chosen = leave_out_repeats(Chosen(overlap(), 10, LeftOut(repeated=4)), None)

    assert [0, 1, 4] == [POSITIONS.index(position) for position in chosen.block.position.tolist()]
    assert [4, 4, 6] == [chosen.left_out(rows).repeated for rows in (1, 2, 3)]
    assert LeftOut(repeated=6) == chosen.left_out_in_all


def test_what_is_not_behind_the_place_decides_and_is_not_counted_again() -> None:
    for row, kept, again in ((0, [1, 4], 2), (1, [4], 2), (2, [4], 1), (3, [4], 0), (4, [], 0)):
        chosen = leave_out_repeats(Chosen(overlap(), 0, NOTHING), (7, POSITIONS[row]))

        assert kept == [POSITIONS.index(position) for position in chosen.block.position.tolist()]
        assert again == chosen.left_out_in_all.repeated


def test_a_limit_cuts_off_what_was_left_out_behind_its_last_quote() -> None:
    chosen = leave_out_repeats(Chosen(overlap(), 0, NOTHING), None)

    assert [0, 0, 2] == [chosen.cut(most).left_out_in_all.repeated for most in (1, 2, 3)]
    assert [1, 2, 3] == [len(chosen.cut(most).block) for most in (1, 2, 3)]
    assert chosen is chosen.cut(4)


def test_all_of_an_arrival_is_read_again_but_where_all_of_it_was_passed_over() -> None:
    assert (7, -1) == key_before_whole_arrival((7, POSITIONS[3]))
    assert (7, LAST_POSITION) == key_before_whole_arrival((7, LAST_POSITION))
