"""Whatever the names and patterns: the tickers are those that match one by one."""

from fnmatch import fnmatchcase

from hypothesis import example, given
from hypothesis import strategies as st

from tests.zreplay.example_quotes import make_block
from zreplay.historical.ticker_choice import TickerChoice, names_in

NAMES = st.text("aB/.|()[]*?-!^$\n", max_size=5)


def chosen(tickers: list[str], wanted: list[str], exclude: list[str]) -> list[str]:
    block = make_block(range(len(tickers)), tickers)
    kept = TickerChoice(wanted, exclude).choose(block)
    return [kept.ticker_names[code] for code in kept.ticker_codes.tolist()]


def fits_one(ticker: str, names: list[str]) -> bool:
    return any(fnmatchcase(ticker, name) for name in names)


@given(st.lists(NAMES, max_size=20), st.lists(NAMES, max_size=4), st.lists(NAMES, max_size=4))
@example(["a", "a\n", "B"], ["a", "B*"], [])
@example(["a|B", "a", "B"], ["a|B"], [])
@example(["[a", "a", "[a]"], ["[a"], ["[a]"])
def test_a_ticker_is_chosen_if_it_fits_one_and_is_not_excluded(
    tickers: list[str], wanted: list[str], exclude: list[str]
) -> None:
    expected = [
        ticker
        for ticker in tickers
        if (not wanted or fits_one(ticker, wanted)) and not fits_one(ticker, exclude)
    ]

    assert expected == chosen(tickers, wanted, exclude)


def test_names_are_looked_up_and_not_tried_one_after_the_other() -> None:
    looked_at = list[str]()

    class Ticker(str):
        def __eq__(self, other: object) -> bool:
            looked_at.append(str(other))
            return super().__eq__(other)

        __hash__ = str.__hash__

    wanted = [f"T{number}" for number in range(2000)]

    assert ["T7"] == chosen([Ticker("T7"), Ticker("X")], wanted, [])
    assert len(looked_at) < 20


def test_a_block_of_which_all_is_chosen_is_not_copied() -> None:
    block = make_block([1, 2], ["A", "B"])

    assert block is TickerChoice(["A", "B"], []).choose(block)


def test_names_are_a_list_or_one_text_with_commas() -> None:
    for names in ("A, B* ,,", ["A", " B* ", ""]):
        assert ("A", "B*") == names_in(names)
    assert ("A,B",) == names_in(["A,B"])
    assert () == names_in("")
