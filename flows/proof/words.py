"""words: every sentence in every language fits, names the keys that are accepted and the facts that it asks
for, reads easily; and no word that stops the line or asks for help is an answer.

May not: run the engine."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from flows.checks import unmentioned, wording_faults
from flows.heard import Kind
from flows.keys import press
from flows.proof.finding import Invariant
from flows.proof.sayings import Sayings
from flows.protocol import Kind as Takes
from flows.protocol import Level, Medium, Protocol, Question, Texts
from flows.reading import GRADES, PLAIN_GRADE
from flows.session import Session, Stage, blank
from flows.wording import PLACEHOLDER, wording

_KEYED = re.compile(r", (?:[^\W\d]+ )?(\d)(?=[.,])")
_LISTED = re.compile(r"^(\d) ", re.MULTILINE)
_DIGIT = re.compile(r"(?<!\d)\d(?!\d)")


def words(protocol: Protocol) -> Invariant:
    """Every text, every prompt and every answer word of every language."""
    looked = _Looked(protocol)
    broken = next(iter(looked.faults()), None)
    return Invariant("words", looked.checked, None if broken is None else (f"= {broken}",))


@dataclass
class _Looked:
    protocol: Protocol
    checked: int = 0

    def faults(self) -> Iterator[str]:
        """Every fault of every language; sources of the advice first."""
        for advice in self.protocol.faq.advice:
            self.checked += 1
            if not advice.source.strip():
                yield f"advice {advice.code} carries no source"
        for language, texts in self.protocol.languages.items():
            yield from (f"{language}: {what}" for what in self._texts(texts))
            yield from (f"{language}: {what}" for _, what in unmentioned(self.protocol, texts))
            yield from (f"{language}: {what}" for what in self._prompts(language, texts))
            yield from (f"{language}: {what}" for what in self._stops(language, texts))

    def _texts(self, texts: Texts) -> Iterator[str]:
        emergencies = {candidate.text for candidate in self.protocol.dispositions[Level.emergency_now].texts}
        for key, text in texts.texts.items():
            for medium in Medium:
                raw = wording(text, medium)
                if raw is None:
                    continue
                self.checked += 1
                faults = wording_faults(self.protocol, texts, text, medium, raw, key in emergencies)
                yield from (f'"{key}" ({medium}): {what}' for what in faults)
                if not (text.spoken_in or texts.language).startswith(texts.language):
                    continue  # said in another language on purpose
                yield from (
                    f'"{key}" ({medium}): {what}' for what in self._hard(texts, _filled(self.protocol, raw))
                )

    def _hard(self, texts: Texts, text: str) -> Iterator[str]:
        measure = GRADES.get(texts.language)
        if measure is not None and measure(text) > PLAIN_GRADE:
            yield f"reading grade {measure(text)}, {PLAIN_GRADE:.0f} at most: use shorter words or sentences"

    def _prompts(self, language: str, texts: Texts) -> Iterator[str]:
        sayings = Sayings(self.protocol, language)
        for question in self.protocol.questions:
            yield from self._written(question, texts, sayings)
            parts = range(1, len(question.halves) + 1) if question.halves else (0,)
            for part in parts:
                yield from self._spoken(question, texts, part)

    def _written(self, question: Question, texts: Texts, sayings: Sayings) -> Iterator[str]:
        raw = self._raw(question.text, texts, Medium.sms)
        if question.kind is Takes.yes_no:
            kinds = {sayings.hear(question, name).kind for name in sayings.named(question)}
            for name in sayings.named(question):
                self.checked += 1
                if sayings.hear(question, name).kind not in (Kind.answer, Kind.unsure):
                    yield f'"{question.text}" names {name}, which is not understood there'
            if not {Kind.answer, Kind.unsure} <= kinds and question.unsure_is is None:
                yield f'"{question.text}" does not name yes, no and "not sure" in capitals'
        if question.kind in (Takes.menu, Takes.list):
            named = {int(digit) for digit in _LISTED.findall(raw)}
            yield from self._choices(question, named, f'"{question.text}" (sms)', None)
            for digit in named:
                self.checked += 1
                if sayings.hear(question, str(digit)).kind is not Kind.answer:
                    yield f'"{question.text}" names {digit}, which is not understood there'

    def _spoken(self, question: Question, texts: Texts, part: int) -> Iterator[str]:
        key = f"{question.text}_{part}" if part else question.text
        raw = self._raw(key, texts, Medium.voice)
        if question.kind is Takes.number or not raw:
            return
        session = _asked(self.protocol, question, part)
        for digit in _KEYED.findall(raw):
            self.checked += 1
            if press(self.protocol, session, digit).kind not in (Kind.answer, Kind.unsure):
                yield f'"{key}" names the key {digit}, which is no choice there'
        if question.kind is Takes.yes_no:
            kinds = {press(self.protocol, session, digit).kind for digit in _KEYED.findall(raw)}
            if not {Kind.answer, Kind.unsure} <= kinds:
                yield f'"{key}" does not name the keys for yes, no and "not sure"'
            return
        yield from self._choices(question, {int(d) for d in _DIGIT.findall(raw)}, f'"{key}" (voice)', part)

    def _choices(self, question: Question, named: set[int], where: str, part: int | None) -> Iterator[str]:
        for key in question.keys_of(part or 0):
            self.checked += 1
            if key not in named:
                yield f"{where} does not name its choice {key}"

    def _raw(self, key: str, texts: Texts, medium: Medium) -> str:
        text = texts.texts.get(key)
        return (wording(text, medium) if text else None) or ""

    def _stops(self, language: str, texts: Texts) -> Iterator[str]:
        """No word that stops the line or asks for help answers a question."""
        sayings = Sayings(self.protocol, language)
        for table in ("opt_out", "help"):
            for word in texts.words.get(table) or ():
                for question in (*self.protocol.questions, None):
                    self.checked += 1
                    if sayings.hear(question, str(word)).kind is Kind.answer:
                        yield f'"{word}" is in {table} and answers "{question.id if question else ""}"'


def _asked(protocol: Protocol, question: Question, part: int) -> Session:
    session = blank(protocol, next(iter(protocol.languages)), Medium.voice)
    return replace(session, stage=Stage.asking, asked=question.place, part=part)


def _filled(protocol: Protocol, raw: str) -> str:
    return PLACEHOLDER.sub(lambda match: protocol.placeholders[match[1]].default, raw)
