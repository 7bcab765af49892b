"""Every answer of every call is markup that the carrier takes, by the tables of its own library."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from flows.effects import Tell
from flows.engine import Turn
from flows.proof.calls import WHO, Calls
from flows.protocol import Medium
from flows.session import Stage
from flows.wording import Say
from hotline import incall
from hotline.channels import voice
from hotline.conversation import sentences_of
from hotline.line import Line, open_line
from hotline.phone.twiml import Verb, read_twiml
from hotline.settings import Settings

NOON = datetime(2027, 1, 11, 17, tzinfo=UTC)
LARGEST_B = 16 * 1024
MOST_STATES = None if os.environ.get("BACKLINE_LONG") else 400
ALL_DAY = {"desk_days": "0-6", "desk_from": "00:00", "desk_until": "23:59"}


@pytest.fixture(scope="module")
def line(redis_url: str) -> Iterator[Line]:
    """A line with two nurses' phones."""
    phones = {"desk_phones": "+12025550180,+12025550181"}
    opened = open_line(Settings.model_validate({"redis_url": redis_url} | ALL_DAY | phones))
    yield opened
    opened.store.close()


@pytest.fixture(scope="module")
def turns(line: Line) -> list[Turn]:
    """What calls say, one of all that say the same at the same place."""
    walked = [Calls(line.protocol, "en", who).walk(MOST_STATES) for who in WHO]
    assert all(one.broken is None for one in walked)
    return [turn for one in walked for turn in one.turns.values()]


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_answer_of_a_call_is_taken_by_the_carrier_and_none_leaves_a_gather_open(
    line: Line, turns: list[Turn], language: str
) -> None:
    assert len(turns) > 300
    for turn in turns:
        told = replace(turn, session=turn.session.changed({"language": language}))
        reply = incall.reply_of(line, told.session, sentences_of(line, told), NOON, "c" * 22)
        body = voice.write(reply)
        assert len(body) < LARGEST_B
        _goes_on_or_ends(read_twiml("voice", body, "text/xml"), told.session.stage)


def test_what_a_nurse_hears_is_taken_by_the_carrier(line: Line) -> None:
    words = line.renderer.sentence(line.protocol, "en", Medium.voice, Tell(Say.WHISPER))
    said = voice.write_whisper(words, incall.manner_of(line), "/voice/whisper/c")
    verbs = read_twiml("voice", said, "text/xml")
    assert [verb.name for verb in verbs] == ["Gather", "Hangup"]
    assert [verb.name for verb in read_twiml("voice", voice.GONE, "text/xml")] == ["Hangup"]
    assert read_twiml("voice", voice.EMPTY, "text/xml") == ()


def _goes_on_or_ends(verbs: tuple[Verb, ...], stage: Stage) -> None:
    """Whatever may fall through is followed by a Redirect; a call that ends hangs up itself."""
    names = [verb.name for verb in verbs]
    assert names[-1] == ("Hangup" if stage is Stage.over else "Redirect"), (stage, names)
    for place, name in enumerate(names):
        if name in ("Gather", "Record", "Dial"):
            assert names[place + 1] == "Redirect"
