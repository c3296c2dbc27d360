"""Every ZAP request gets a reply, and only a clear yes admits a peer."""

import pytest

from protocol import zap
from protocol.zap import Candidate, ZapVerdict, admit_unauthenticated, answer


def request(
    *credentials: bytes, mechanism: bytes = b"NULL", version: bytes = b"1.0"
) -> list[bytes]:
    return [version, b"7", b"batches", b"192.0.2.1", b"identity", mechanism, *credentials]


def test_a_peer_that_claims_nothing_is_let_in() -> None:
    assert [b"1.0", b"7", b"200", b"", b"", b""] == answer(request(), admit_unauthenticated)


@pytest.mark.parametrize("mechanism", [b"PLAIN", b"CURVE", b"GSSAPI", b"", b"null", b"\xff"])
def test_a_mechanism_that_is_not_offered_is_refused(mechanism: bytes) -> None:
    version, request_id, status, reason, user, _ = answer(
        request(b"secret", mechanism=mechanism), admit_unauthenticated
    )

    assert (b"1.0", b"7", b"400", b"") == (version, request_id, status, user)
    assert reason.endswith(b"is not offered")


def test_the_judge_is_told_who_asks_and_where_and_its_word_is_passed_on() -> None:
    heard: list[Candidate] = []

    def judge(candidate: Candidate) -> ZapVerdict:
        heard.append(candidate)
        return ZapVerdict(True, user="worker-3")

    answered = answer(request(b"key", mechanism=b"CURVE"), judge)

    assert [Candidate("batches", "192.0.2.1", "CURVE", (b"key",))] == heard
    assert [b"1.0", b"7", b"200", b"", b"worker-3", b""] == answered


@pytest.mark.parametrize(
    ("frames", "request_id"),
    [
        ([], b""),
        ([b"1.0"], b""),
        (request()[:5], b"7"),
        (request(version=b"2.0"), b"7"),
    ],
)
def test_what_is_no_request_is_refused_unjudged(frames: list[bytes], request_id: bytes) -> None:
    def judge(_: Candidate) -> ZapVerdict:
        raise AssertionError("it was judged")

    assert [zap.VERSION, request_id, b"500"] == answer(frames, judge)[:3]
