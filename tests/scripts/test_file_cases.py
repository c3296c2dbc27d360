"""The cases are those of the table, and each is compared with one of as many rows."""

from scripts.bench_parts.file_cases import cases, chosen
from scripts.bench_parts.recording import TICKER_NAMES


def test_the_full_table_has_the_sizes_that_users_have() -> None:
    sizes = [(case.files.files, case.files.rows) for case in cases(5_000_000)]

    for size in (
        *((count, 5_000_000) for count in (1, 10, 100, 900, 5_000, 365)),
        (2_640, 18_231),
        (1, 250_000),
        (300, 1_000_000),
    ):
        assert size in sizes


def test_a_case_is_compared_with_one_that_runs_before_it_and_has_as_many_rows() -> None:
    for rows in (400, 500_000, 5_000_000):
        before: dict[str, int] = {}
        for case in cases(rows):
            if case.beside:
                assert case.files.rows == before[case.beside], case.name
            before[case.name] = case.files.rows
        assert len(before) == len(cases(rows)), "every name is another"


def test_chosen_cases_have_those_with_them_that_they_are_compared_with() -> None:
    names = [case.name for case in chosen(cases(400), "days .gz")]

    assert ["the days, 1 .gz", "365 days .gz"] == names
    every = cases(400)
    assert every == chosen(every, "")


def test_every_name_of_a_filter_is_a_ticker() -> None:
    [filtered] = [case for case in cases(400) if "--tickers" in case.options]
    names = filtered.options[-1].split(",")

    assert 2_000 == len(set(names) & set(TICKER_NAMES))
