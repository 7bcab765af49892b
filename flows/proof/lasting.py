"""How long a call lasts for somebody who is well and answers each question once, in each language.

The prompts at the pace of `reading.py`, and 3 s for each answer. May not: judge levels."""

from flows.effects import Ask, Tell
from flows.engine import Moment, advance, begin
from flows.heard import Heard, Kind
from flows.proof.people import WELL, value_of
from flows.proof.straight import BASE
from flows.proof.tries import ANSWER_S
from flows.protocol import NONE, Level, Medium, Protocol
from flows.reading import spoken_s
from flows.session import Session, Stage
from flows.vignettes import Case, given
from flows.wording import wording

MOST_S = 240  # four minutes: who is in pain does not hold on for longer
MOST_TURNS = 40
_WELL = Case("a person", WELL, Level.self_care, None)


def self_care_s(protocol: Protocol, language: str) -> float:
    """Seconds from the first word of such a call to the end of its advice; infinite where none is told."""
    session = begin(protocol, language, Medium.voice).session
    heard, seconds = Heard(Kind.call_began), 0.0
    for _ in range(MOST_TURNS):
        turn = advance(protocol, session, heard, Moment(BASE))
        session = turn.session
        told = [effect.text for effect in turn.effects if isinstance(effect, Tell | Ask)]
        if session.stage is Stage.told:
            return seconds + _spoken_s(protocol, language, told[:1])
        seconds += _spoken_s(protocol, language, told) + ANSWER_S
        heard = _answer(protocol, session)
    return float("inf")


def _answer(protocol: Protocol, session: Session) -> Heard:
    if session.stage is not Stage.asking:
        return Heard(Kind.silence)  # the questions start without a key
    question = protocol.questions[session.asked]
    return Heard(Kind.answer, NONE if session.part else value_of(given(_WELL, question), question))


def _spoken_s(protocol: Protocol, language: str, told: list[str]) -> float:
    texts = protocol.languages[language].texts
    return sum(spoken_s(wording(texts[text], Medium.voice) or "") for text in told)
