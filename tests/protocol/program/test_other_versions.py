"""A peer of another version is told once, and never more than some of them."""

import logging

import pytest

from protocol.program.diagnostics import Log
from protocol.program.other_versions import MOST_TOLD, OtherVersions
from protocol.program_version import PROGRAM_VERSION


def said(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str, str]]:
    fields = [record.fields for record in caplog.records]  # type: ignore[attr-defined]
    return [(each["peer"], each["theirs"], each["ours"]) for each in fields]


def test_each_peer_and_version_that_is_not_ours_is_told_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    versions = OtherVersions(Log("sink"))
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            versions.met(PROGRAM_VERSION, "the replayer")
            versions.met("9", "the replayer")
            versions.met("9", "worker", "host:1")
            versions.met("8", "worker", "host:1")

    peers = [("the replayer", "9"), ("worker host:1", "9"), ("worker host:1", "8")]
    assert [(*peer, PROGRAM_VERSION) for peer in peers] == said(caplog)


def test_a_peer_with_ever_other_versions_is_told_some_of_the_times(
    caplog: pytest.LogCaptureFixture,
) -> None:
    versions = OtherVersions(Log("sink"))
    with caplog.at_level(logging.WARNING):
        for number in range(2 * MOST_TOLD):
            versions.met(f"9.{number}", "worker", "liar")

    assert MOST_TOLD == len(said(caplog))
