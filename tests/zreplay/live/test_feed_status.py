"""The operator reads what became of each symbol, how late quotes are, and what was no quote."""

from zreplay.live.feed_status import FeedStatus, names_text, with_talk
from zreplay.live.feed_talk import FeedTalk
from zreplay.live.known_venues import venue_of
from zreplay.live.venue import Refused

PLAIN = FeedStatus("ws://x", "connected", 5, 0, None, "", None, None)


def test_without_a_venue_nothing_of_one_is_known() -> None:
    assert PLAIN == with_talk(PLAIN, None, 0)
    assert ("", None, None, None) == (PLAIN.venue, PLAIN.quotes, PLAIN.latency_ns, PLAIN.symbols)


def test_each_symbol_is_counted_in_its_state_and_named_where_it_lacks() -> None:
    talk = FeedTalk(venue_of("okx"), ["A-B", "FOO-B", "C-D"], 10)
    talk.begin(0)
    list(talk.due(1))
    talk.subscriptions.on_refused(Refused("no FOO-B"))
    talk.subscriptions.last_ns["A-B"] = 12
    talk.receipts.last_ns.extend(range(100))
    talk.hear(b'{"event":"x"}', 1, 1)
    talk.quotes, talk.untimed = 7, 2
    status = with_talk(PLAIN, talk, 15)

    assert ("okx", 7, 2, "") == (status.venue, status.quotes, status.untimed, status.lack)
    assert {"p50": 50, "p99": 99} == status.latency_ns
    assert {"waiting": 0, "asked": 0, "acknowledged": 0, "live": 1, "silent": 1, "refused": 1} == (
        status.symbols
    )
    assert ("C-D", "FOO-B: no FOO-B") == (status.silent, status.refused)
    assert ({"kind": "event=x", "count": 1},) == status.not_quotes


def test_by_the_clock_of_a_connection_that_is_not_read_nothing_falls_silent() -> None:
    talk = FeedTalk(venue_of("okx"), ["A-B"], 10)
    talk.begin(0)
    list(talk.due(1))
    talk.subscriptions.last_ns["A-B"] = 2
    talk.reading.hold_back(3)
    assert "" == with_talk(PLAIN, talk, 1000).silent
    talk.reading.go_on(1000)

    assert ["", "A-B"] == [with_talk(PLAIN, talk, now_ns).silent for now_ns in (1008, 1009)]


def test_the_first_names_are_told_and_how_many_more_there_are() -> None:
    assert "" == names_text([])
    assert "a; b" == names_text(["a", "b"], "; ")
    assert ", ".join("abcdefghij") + " ... 2 more" == names_text("abcdefghijkl")
