"""How an answer is said: by text in each language, in the words that its own prompt or table names, and in
keys.

Everything said goes through the real answer tables. May not: run the engine."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from flows.answers import understand
from flows.heard import Heard, Kind
from flows.proof.people import given_of
from flows.protocol import EMPTY, UNKNOWN, Medium, Protocol, Question
from flows.protocol import Kind as Takes
from flows.vignettes import sent
from flows.wording import wording

CAPITALS = re.compile(r"\b[A-ZÀ-Ý]+(?: [A-ZÀ-Ý]+)*\b")
LAST_SENTENCE = re.compile(r".*[.?!:]\s", re.DOTALL)
_TABLE = {"yes": "yes", "no": "no", "unsure": "unsure"}


@dataclass
class Sayings:
    """The replies of one language, found once."""

    protocol: Protocol
    language: str
    _known: dict[tuple[str, int], tuple[str, Heard] | None] = field(default_factory=dict)

    def reply(self, question: Question, value: int) -> tuple[str, Heard] | None:
        """The text of an answer and how it is heard; None: no plain word for it is heard as that answer."""
        key = (question.id, value)
        if key not in self._known:
            self._known[key] = next(self._heard_as(question, value), None)
        return self._known[key]

    def hear(self, question: Question | None, text: str) -> Heard:
        """What a text means while that question stands open."""
        return understand(self.protocol, text, question.id if question else None, self.language)

    def named(self, question: Question) -> list[str]:
        """The replies that the written prompt names in capitals, in its last sentence."""
        raw = wording(self.protocol.languages[self.language].texts[question.text], Medium.sms) or ""
        return [match[0] for match in CAPITALS.finditer(LAST_SENTENCE.sub("", raw.strip()))]

    def _heard_as(self, question: Question, value: int) -> Iterator[tuple[str, Heard]]:
        for text in self._candidates(question, value):
            heard = self.hear(question, text)
            if value == UNKNOWN and heard.kind is Kind.unsure:
                yield text, heard
            elif heard.kind is Kind.answer and heard.value == value:
                yield text, heard

    def _candidates(self, question: Question, value: int) -> Iterator[str]:
        told = given_of(value, question)
        if not told.word:
            yield sent(told, question, Medium.sms)
            return
        yield from self.named(question)
        listed = self.protocol.languages[self.language].words.get(_TABLE[told.word]) or ()
        yield from (str(text) for text in listed if not re.search(r"[<|+]", str(text)))


def keyed(question: Question, value: int, part: int = 0) -> str:
    """The keys of an answer, without the # that ends them; part: the half of a spoken list."""
    return sent(given_of(value, question), question, Medium.voice, part).rstrip("#")


def half_of(question: Question, value: int, part: int) -> int:
    """What of a list's answer is told in one spoken half."""
    here = sum(1 << key for key in question.keys_of(part))
    return value & here or EMPTY


def is_spoken_list(question: Question) -> bool:
    """Whether the phone reads this list in parts."""
    return question.kind is Takes.list and bool(question.halves)
