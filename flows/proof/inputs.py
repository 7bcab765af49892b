"""Everything that can come in while a question stands open, one of each kind that can differ: answers, "not
sure", misses, silence, keys, signs told or doubted, keywords, late texts, waits, calls and hang-ups.

Words go through the real answer tables, keys through the real keypad. May not: run the engine."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Any

from flows.heard import Heard, Kind
from flows.keys import press
from flows.proof.finding import Said
from flows.proof.people import People
from flows.proof.sayings import Sayings, is_spoken_list, keyed
from flows.protocol import NONE, UNKNOWN, Medium, Protocol, Question
from flows.protocol import Kind as Takes
from flows.rules import sign_answers
from flows.session import Session, Stage

NOT_UNDERSTOOD = ("zxqv", "?!", "%")
NUDGE, CAME_BACK, LAPSED, OVER = "nudge", "came back", "lapsed", "over"
WORDS = (
    ("help", Kind.help), ("person", Kind.person), ("back", Kind.back), ("new", Kind.new), ("join", Kind.join),
    ("start", Kind.unclear), ("advice", Kind.advice), ("more", Kind.more), ("call", Kind.call),
    ("text_only", Kind.text_only), ("thanks", Kind.thanks), ("for_other", Kind.for_other), ("go", Kind.go),
    ("poison", Kind.poison), ("abuse", Kind.abuse), ("opt_out", Kind.opt_out),
    ("wrong_number", Kind.wrong_number), ("private", Kind.private),
    ("same", Kind.same), ("self_harm", Kind.self_harm),
)  # fmt: skip
_PATTERN = re.compile(r"<(\w+)>")


@dataclass
class Inputs:
    """The inputs of one protocol in one language, made once for each place where they can be told. first:
    of the signs that answer one question, the first; unheard: what no word of the tables tells."""

    protocol: Protocol
    language: str
    sayings: Sayings = field(init=False)
    people: People = field(init=False)
    unheard: set[str] = field(default_factory=set)
    first: set[str] = field(default_factory=set)
    _texts: dict[tuple[str, int], list[Said]] = field(default_factory=dict)
    _keys: dict[tuple[object, ...], list[Said]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.sayings = Sayings(self.protocol, self.language)
        self.people = People(self.protocol)
        of_place: dict[int, str] = {}
        for fact in self.protocol.languages[self.language].words.get("signs", {}):
            for question, _ in sign_answers(self.protocol, str(fact))[:1]:
                of_place.setdefault(question.place, str(fact))
        self.first = {*of_place.values(), "danger"}

    def at(self, session: Session) -> Iterator[Said]:
        """Everything that can come in at this session. In a call: keys; a text finds the session that
        `engine.at_text` gives."""
        if session.medium is Medium.voice:
            yield from self._keyed(session)
            return
        if session.stage is Stage.asking:
            question = self.protocol.questions[session.asked]
            yield from self._told(question, session.before)
            yield from self._waits(question)
        yield Said(Medium.voice, "calls", Heard(Kind.call_began))

    def heard(self, question: Question) -> set[str]:
        """What can be heard by text at a question, in words: kind, value, signs and doubts. What is kept
        beside signs differs by language: "both legs" says "both"."""
        told = (said.heard for said in self._told(question, question.place - 1))
        kept = (replace(h, keep=h.keep if h.kind is Kind.unclear else 0) for h in told)
        return {f"{h.kind.name} {h.value} {h.signs} {h.doubts} {h.keep} {h.late}" for h in kept}

    def escapes(self, session: Session) -> Iterator[Said]:
        """The ways to say that this is an emergency."""
        question = self.protocol.questions[session.asked] if session.stage is Stage.asking else None
        yield Said(Medium.sms, "911", self.sayings.hear(question, "911"))
        if session.medium is Medium.voice:
            yield Said(Medium.voice, "911", press(self.protocol, session, "911"))
            entry = question is not None and question.kind in (Takes.number, Takes.list)
            nine = "*9" if entry else "9"
            yield Said(Medium.voice, nine, press(self.protocol, session, nine))

    def pressed(self, session: Session, keys: str) -> Heard:
        """What these keys mean at this session of a call."""
        return press(self.protocol, session, keys)

    def _told(self, question: Question, before: int) -> list[Said]:
        key = (question.id, before)
        if key not in self._texts:
            late = self._late(self.protocol.questions[before]) if before >= 0 else []
            self._texts[key] = _once(
                [*self._answers(question), *self._signs(question), *self._said(question), *late]
            )
        return self._texts[key]

    def _answers(self, question: Question) -> Iterator[Said]:
        for value in (*self.people.answers(question), UNKNOWN):
            reply = self.sayings.reply(question, value)
            if reply is None:
                self.unheard.add(f'no word tells "{question.id}" the answer {value}')
            else:
                yield Said(Medium.sms, *reply)
        for text in NOT_UNDERSTOOD:
            heard = self.sayings.hear(question, text)
            if heard.kind is Kind.unclear:
                yield Said(Medium.sms, text, heard)
        if question.kind is Takes.menu:
            keys = [choice.key for choice in question.choices][-2:]
            text = " ".join(map(str, keys))
            yield Said(Medium.sms, text, self.sayings.hear(question, text))

    def _late(self, question: Question) -> Iterator[Said]:
        """Texts that come too soon after our next question: they belong to this one."""
        values = self.people.answers(question)
        if question.kind is Takes.list:
            values = (NONE, *(1 << choice.key for choice in question.choices))
        for value in (*values, UNKNOWN):
            reply = self.sayings.reply(question, value)
            if reply:
                yield Said(Medium.sms, f"{reply[0]} (within 2 s)", replace(reply[1], late=True))

    def _signs(self, question: Question) -> Iterator[Said]:
        """A sign of each effect, told plainly and in doubt, and "call an ambulance"."""
        words = self.protocol.languages[self.language].words
        effects: dict[object, str] = {}
        for fact in words.get("signs", {}):
            effects.setdefault(sign_answers(self.protocol, str(fact)), str(fact))
        for fact in effects.values():
            told = self._phrase(question, fact, words["signs"][fact])
            if told is None:
                self.unheard.add(f'no phrase of "{fact}" is heard as that sign at "{question.id}"')
                continue
            yield told
            yield from self._doubted(question, fact, told.words)
        yield Said(Medium.sms, "911", self.sayings.hear(question, "911"))

    def _phrase(self, question: Question, fact: str, phrases: Iterable[str]) -> Said | None:
        for phrase in phrases:
            text = self.plain(phrase)
            heard = self.sayings.hear(question, text)
            if heard.kind is Kind.danger and set(heard.signs) == {fact}:
                return Said(Medium.sms, text, heard)
        return None

    def _doubted(self, question: Question, fact: str, phrase: str) -> Iterator[Said]:
        hedges = self.protocol.languages[self.language].words.get("hedges") or ()
        for hedge in list(hedges)[:6]:
            text = f"{self.plain(hedge)} {phrase}"
            heard = self.sayings.hear(question, text)
            if heard.kind is Kind.doubt and fact in heard.doubts:
                yield Said(Medium.sms, text, heard)
                return

    def _said(self, question: Question) -> Iterator[Said]:
        """Keywords and words of every state."""
        words = self.protocol.languages[self.language].words
        for table, kind in WORDS:
            said = self._word(question, words.get(table) or (), kind)
            if said is None:
                self.unheard.add(f'no phrase of "{table}" is heard so at "{question.id}"')
            else:
                yield said
        for code, listed in (words.get("languages") or {}).items():
            yield from filter(None, [self._word(question, listed, Kind.language)])
            del code
        yield Said(Medium.sms, "A1", self.sayings.hear(question, "A1"))
        yield Said(Medium.sms, "(a picture)", Heard(Kind.media))

    def _word(self, question: Question, phrases: Iterable[str], kind: Kind) -> Said | None:
        for phrase in phrases:
            text = self.plain(phrase)
            heard = self.sayings.hear(question, text)
            if heard.kind is kind:
                return Said(Medium.sms, text.upper(), heard)
        return None

    def _waits(self, question: Question) -> Iterator[Said]:
        limits = self.protocol.limits
        nudge, over = limits.nudge_after_min * 60, (limits.nudge_after_min + limits.end_after_nudge_min) * 60
        yield Said(Medium.sms, "(no reply)", Heard(Kind.waited), nudge)
        yield Said(Medium.sms, "(no reply)", Heard(Kind.waited), over)
        yield Said(Medium.sms, NOT_UNDERSTOOD[0], self.sayings.hear(question, NOT_UNDERSTOOD[0]), nudge)
        lapsed = limits.resume_within_min * 60
        for value in self._few(question):
            reply = self.sayings.reply(question, value)
            if reply:
                yield Said(Medium.sms, *reply, lapsed)

    def _few(self, question: Question) -> list[int]:
        if question.kind is Takes.list:
            return [NONE, *(1 << choice.key for choice in question.choices)]
        return list(self.people.answers(question))

    def _keyed(self, session: Session) -> list[Said]:
        key = (session.stage, session.asked, session.part, session.more)
        if key not in self._keys:
            self._keys[key] = _once(self._keys_at(session))
        return self._keys[key]

    def _keys_at(self, session: Session) -> Iterator[Said]:
        yield Said(Medium.voice, "(silence)", Heard(Kind.silence))
        yield Said(Medium.voice, "(hangs up)", Heard(Kind.hung_up))
        for keys in self._entries(session):
            yield Said(Medium.voice, keys or "#", press(self.protocol, session, keys))
            if session.part:
                yield Said(
                    Medium.voice, f"{keys or '#'} (early)", press(self.protocol, session, keys, early=True)
                )

    def _entries(self, session: Session) -> Iterator[str]:
        """Every key, or every entry that # ends."""
        question = self.protocol.questions[session.asked] if session.stage is Stage.asking else None
        yield "911"
        if question is None or question.kind in (Takes.yes_no, Takes.menu):
            yield from "0123456789*#"
            return
        yield from ("", "*", "*9", "*0", "999", "9", "0")
        if question.kind is Takes.number:
            yield from (keyed(question, value) for value in self.people.answers(question))
        elif is_spoken_list(question):
            here = [str(key) for key in question.keys_of(session.part)]
            for size in range(1, len(here) + 1):
                yield from ("".join(some) for some in combinations(here, size))
            yield f"{here[0]}9"

    def phrase(self, fact: str) -> str:
        """The first phrase of the tables that tells just this sign outside the questions, else its first."""
        phrases = self.protocol.languages[self.language].words.get("signs", {}).get(fact) or [fact]
        for phrase in phrases:
            heard = self.sayings.hear(None, self.plain(phrase))
            if set(heard.signs) == {fact}:
                return self.plain(phrase)
        return self.plain(phrases[0])

    def plain(self, phrase: str) -> str:
        """A phrase of the tables as somebody writes it: the first word of each group, the first of either."""
        groups: dict[str, Any] = self.protocol.languages[self.language].words.get("groups") or {}

        def word(match: re.Match[str]) -> str:
            listed: Any = groups.get(match[1], match[1])
            return self.plain(str((listed.split() if isinstance(listed, str) else listed)[0]))

        text = _PATTERN.sub(word, str(phrase))
        return " ".join(part.split("|")[0] for part in text.replace("+", " ").split())


def _once(said: Iterable[Said]) -> list[Said]:
    """One of each that the engine can tell apart."""
    found: dict[object, Said] = {}
    for one in said:
        heard = replace(one.heard, reading="", shown=None)
        found.setdefault((one.medium, heard, one.after_s), one)
    return list(found.values())
