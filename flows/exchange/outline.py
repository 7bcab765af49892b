"""What both exports share: which outcome follows from which answers, what is asked next, names and ids.

A flow of another system has no engine of ours to ask, so the rules become plain "any of these, all of those".
May not: know the shape of any format."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flows.protocol import NO, NONE, YES, Condition, Kind, Level, Medium, Protocol, Question
from flows.wording import PLACEHOLDER, say

ISO_639_3 = {
    "en": "eng",
    "es": "spa",
    "fr": "fra",
    "pt": "por",
    "de": "deu",
    "ht": "hat",
    "zh": "zho",
    "vi": "vie",
}
UNLISTED = "mis"  # a language that the table above does not name
UNSURE = "unsure"
MAX_WORDS = 8  # of each kind of answer; any other wording is asked again there

Object = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Unknown:
    """The question was asked and stayed without an answer."""

    question: str


Fact = Condition | Unknown
Way = tuple[Fact, ...]  # all of these


@dataclass(frozen=True, slots=True)
class Outcome:
    """A text of a level, and the ways to it; any one is enough. `always`: no way is needed."""

    name: str
    ways: tuple[Way, ...]
    always: bool = False


@dataclass(frozen=True, slots=True)
class Follower:
    """What is asked next where `when` holds (None: in any case). question None: nothing is left to ask."""

    when: Condition | None
    question: Question | None


def level_ways(protocol: Protocol, level: Level) -> tuple[Way, ...]:
    """Every way to exactly this level, given that no higher one was reached: its rules and its floors."""
    rules = tuple(rule.when for rule in protocol.rules if rule.level is level)
    return (*rules, *_floors(protocol, level))


def emergency_ways(protocol: Protocol, question: Question) -> tuple[Way, ...]:
    """The ways to an emergency that the answer to this question completes."""
    rules = (rule.when for rule in protocol.rules if rule.level is Level.emergency_now)
    return tuple(when for when in rules if max(condition.place for condition in when) == question.place)


def told_with(protocol: Protocol, level: Level) -> tuple[Outcome, ...]:
    """The texts of a level in order of precedence; the last one needs no way to it."""
    disposition = protocol.dispositions[level]
    found = []
    for candidate in disposition.texts:
        if candidate.floor:
            ways = _floors(protocol, level)
        elif candidate.when:
            ways = (candidate.when,)
        else:
            rules = (rule for rule in protocol.rules if rule.level is level and rule.text == candidate.text)
            ways = tuple(rule.when for rule in rules)
        found.append(Outcome(candidate.text, ways))
    return (*found, Outcome(disposition.texts[-1].text, (), always=True))


def followers(protocol: Protocol, question: Question | None) -> tuple[Follower, ...]:
    """What may be asked after this question (None: first of all), in order; the last one is unconditional."""
    found = []
    for later in protocol.questions[0 if question is None else question.place + 1 :]:
        found.append(Follower(later.ask_if, later))
        if later.ask_if is None:
            return tuple(found)
    return (*found, Follower(None, None))


def answer_keys(question: Question) -> Mapping[str, int]:
    """The answers to a question that is no number: their key in the export, and their mask."""
    if question.kind is Kind.yes_no:
        keys = {"yes": YES, "no": NO}
    else:
        keys = {str(choice.key): 1 << choice.key for choice in question.choices}
        if question.kind is Kind.list:
            keys["0"] = NONE
    if question.unsure_is is not None:
        keys[UNSURE] = question.unsure_is
    return keys


def conditions(protocol: Protocol) -> Iterator[Condition]:
    """Every condition that a rule, a question or a text reads."""
    for rule in protocol.rules:
        yield from rule.when
    for question in protocol.questions:
        if question.ask_if is not None:
            yield question.ask_if
    for disposition in protocol.dispositions.values():
        for candidate in disposition.texts:
            yield from candidate.when


def spans(protocol: Protocol, question: Question) -> tuple[tuple[int, int], ...]:
    """A number question's range, cut where a condition changes its mind; both ends belong to a span."""
    cuts = {question.low, question.high + 1}
    for condition in conditions(protocol):
        if condition.place == question.place:
            cuts |= {cut for cut in (condition.at_least, condition.under) if cut is not None}
    inside = sorted(cut for cut in cuts if question.low <= cut <= question.high + 1)
    return tuple((low, high - 1) for low, high in zip(inside, inside[1:], strict=False))


def words(protocol: Protocol, language: str, question: Question, answer: str) -> tuple[str, ...]:
    """Whole replies that mean yes, no or unsure; those that the prompts name come first."""
    heard = protocol.languages[language].words
    special = heard.get(f"{answer}_at", {}).get(question.id, ())
    plain = [
        word for word in (*special, *heard.get(answer, ())) if re.fullmatch(r"[^\W\d_ ]+( [^\W\d_ ]+)*", word)
    ]
    own = wording(protocol, question.text, language)
    every = " ".join(wording(protocol, other.text, language) for other in protocol.questions)
    return tuple(dict.fromkeys([*_named(plain, own), *_named(plain, every), *plain]))[:MAX_WORDS]


def wording(protocol: Protocol, key: str, language: str, medium: Medium = Medium.sms) -> str:
    """A text with the default of every placeholder; "@", which starts an expression elsewhere, is doubled."""
    return say(protocol, key, language, medium, {}).replace("@", "@@")


def placeholders(raw: str) -> tuple[str, ...]:
    """The placeholders that a wording names."""
    return tuple(PLACEHOLDER.findall(raw))


def made_id(protocol: Protocol, *name: str) -> str:
    """An id in the form of a UUID, always the same for the same protocol and name."""
    digest = hashlib.sha256("\0".join((protocol.id, protocol.hash, *name)).encode()).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-a{digest[17:20]}-{digest[20:32]}"


def language_code(language: str) -> str:
    """The three letters of ISO 639-3."""
    return ISO_639_3.get(language, UNLISTED)


def _floors(protocol: Protocol, level: Level) -> tuple[Way, ...]:
    return tuple((Unknown(question.id),) for question in protocol.questions if question.floor is level)


def _named(plain: list[str], prompt: str) -> list[str]:
    """The words that a prompt names, the longest first."""
    named = [word for word in plain if re.search(rf"\b{re.escape(_bare(word))}\b", _bare(prompt))]
    return sorted(named, key=len, reverse=True)


def _bare(text: str) -> str:
    """Lower case without accents, so that a prompt's capitals find the answer word."""
    return text.lower().translate(str.maketrans("áéíóúüñ", "aeiouun"))
