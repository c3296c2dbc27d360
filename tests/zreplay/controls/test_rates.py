"""A rate is that of the last two seconds, and of nothing that was not done in them."""

from zreplay.controls.rates import RATE_SPAN_NS, RATE_STEP_NS, RateMeter, Rates

SECOND_NS = 1_000_000_000


def test_the_rate_is_that_of_the_last_two_seconds() -> None:
    meter = RateMeter()
    for tenth in range(101):  # a thousand a second for five seconds, then nothing
        meter.sample(min(tenth, 50) * 100, tenth * SECOND_NS // 10)
        if tenth == 50:
            assert meter.per_second() == 1000.0
    assert meter.per_second() == 0.0


def test_however_often_it_is_sampled_the_rate_is_right_and_few_samples_are_kept() -> None:
    meter = RateMeter()
    for turn in range(4000):  # a thousand a second, asked a thousand times a second
        meter.sample(turn, turn * SECOND_NS // 1000)

    assert 1000.0 == meter.per_second()
    assert len(meter._samples) <= RATE_SPAN_NS // RATE_STEP_NS + 2


def test_a_rate_needs_two_samples_and_never_falls_below_zero() -> None:
    meter = RateMeter()
    assert meter.per_second() == 0.0
    meter.sample(500, 0)
    assert meter.per_second() == 0.0
    meter.sample(0, SECOND_NS)  # the sink said that it stands further back

    assert meter.per_second() == 0.0


def test_where_the_counts_go_on_elsewhere_the_way_there_is_no_rate() -> None:
    rates = Rates()
    rates.sample(0, 0, 0, 0)
    rates.begin()
    for tenth in range(1, 4):
        rates.sample(1_000_000 + tenth * 100, 900_000 + tenth * 50, 0, tenth * SECOND_NS // 10)

    assert (1000.0, 500.0) == (rates.sent.per_second(), rates.committed.per_second())
