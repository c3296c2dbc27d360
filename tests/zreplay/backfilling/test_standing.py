"""How a backfill stands, in words."""

from zreplay.backfilling.standing import Standing, in_words


def test_it_says_how_far_it_is_how_fast_and_what_is_left() -> None:
    standing = Standing(
        windows=10,
        size_bytes=100 * 2**20,
        done=4,
        done_bytes=40 * 2**20,
        ran_bytes=20 * 2**20,
        quotes=1000,
        failed=1,
        again=2,
        hosts={"b": 1, "a": 2},
        oldest=(7, 12.3),
    )

    assert (
        "4 of 10 partitions, 40 of 100 MiB, 100 quotes/s, 2 again, a:2 b:1, oldest 7 for 12 s, "
        "1 failed, 30 s left"
    ) == in_words(standing, 10.0)


def test_of_what_there_is_not_it_says_nothing() -> None:
    assert "0 of 10 partitions, 0 of 1 MiB, 0 quotes/s" == in_words(Standing(10, 2**20), 0.0)
