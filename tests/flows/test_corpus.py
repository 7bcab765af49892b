"""The second corpus of replies: what each may be read as, and what it must never be read as, half by half.

The half called "untouched" was opened once, after its figures were written down (docs/understanding.md)."""

import json
from collections import Counter
from functools import cache

import pytest

from flows.answers import report, understand
from flows.protocol import Level, Protocol
from tests.corpus import DATA, Entry, corpus, verdict, written

HALVES = ("tuning", "untouched")
LANGUAGES = ("en", "es")


@cache
def replies() -> list[Entry]:
    found: list[Entry] = json.loads((DATA / "utterances.own.json").read_text(encoding="utf-8"))
    return found


def read(protocol: Protocol, reply: Entry) -> Entry:
    return report(understand(protocol, reply["text"], reply["question"], reply["language"]))


def of(half: str, language: str) -> list[Entry]:
    return [reply for reply in replies() if (reply["half"], reply["language"]) == (half, language)]


def test_the_corpus_is_what_its_texts_make_of_it() -> None:
    """Make it anew: python -m tests.corpus > tests/data/utterances.own.json"""
    assert (DATA / "utterances.own.json").read_text(encoding="utf-8") == written(corpus())


def test_the_corpus_is_large_and_in_two_halves_and_two_languages() -> None:
    assert len(replies()) >= 600
    assert len({reply["id"] for reply in replies()}) == len(replies())
    counted = Counter((reply["half"], reply["language"]) for reply in replies())
    assert all(counted[half, language] >= 300 for half in HALVES for language in LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("half", HALVES)
def test_no_reply_of_the_corpus_gets_a_reading_that_must_never_be(
    protocol: Protocol, half: str, language: str
) -> None:
    wrong = [
        (reply["question"], reply["text"], found["reading"], found["value"])
        for reply in of(half, language)
        if verdict(reply, found := read(protocol, reply)) == "forbidden"
    ]
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("half", HALVES)
def test_nearly_every_reply_of_the_corpus_is_read_as_it_may_be(
    protocol: Protocol, half: str, language: str
) -> None:
    asked = of(half, language)
    fitting = sum(verdict(reply, read(protocol, reply)) == "acceptable" for reply in asked)
    assert fitting / len(asked) >= 0.95


def test_a_sign_told_out_of_the_blue_is_never_taken_for_a_lesser_one(protocol: Protocol) -> None:
    levels = {flag.told[0].fact: flag.level for flag in protocol.flags if len(flag.told) == 1}
    levels |= {"danger": Level.emergency_now, "pregnancy_warning_signs": Level.emergency_now}
    told = [reply for reply in replies() if reply["signs"] and reply["question"] is None]
    lesser = [
        (reply["text"], reply["signs"], found["signs"])
        for reply in told
        if (found := read(protocol, reply))["reading"] == "emergency_statement"
        and max((levels[fact] for fact in found["signs"]), default=Level.self_care)
        < max(levels[fact] for fact in reply["signs"])
    ]
    assert len(told) >= 100
    assert lesser == []
