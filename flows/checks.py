"""What makes a well-formed protocol unfit: texts that are missing or too long, questions nobody can
reach, words too narrow.

Compares the built protocol with itself and its texts; each fault says the remedy. May not: open files,
or judge where
answers lead (that is the proof's)."""

import re
from collections.abc import Iterator, Mapping
from datetime import time

from flows import call_slots, health_words
from flows.lexicon import word_faults
from flows.load import Fault, Source
from flows.protocol import Kind, Level, Medium, Programme, Protocol, Question, Text, Texts
from flows.reading import spoken_s
from flows.segments import segments
from flows.translations import lacking, names_of_signs
from flows.wording import BOTH, SMS, Say, longest, media_of, names_in, wording

SPOKEN_LIMIT_S = 30


def check(protocol: Protocol, sources: Mapping[str, Source]) -> list[Fault]:
    """Every fault of a protocol whose names all lead somewhere."""
    faults = list(_questions(protocol, sources["protocol.yaml"]))
    faults += health_words.lacking(protocol.programme, sources[health_words.FILE])
    faults += _call_slots(protocol.programme, sources[health_words.FILE])
    wanted = dict(needed(protocol))
    first = next(iter(protocol.languages.values()))
    for language, texts in protocol.languages.items():
        source = sources[f"texts/{language}.yaml"]
        faults += _missing(texts, wanted, source)
        faults += names_of_signs(protocol, first, texts, source)
        faults += lacking(first, texts, wanted, source)
        faults += _texts(protocol, texts, source)
        faults += _mentions(protocol, texts, source)
        faults += health_words.telling(protocol, texts, source)
        faults += [source.fault(what, "words") for what in word_faults(protocol, texts)]
    return faults


def _questions(protocol: Protocol, source: Source) -> Iterator[Fault]:
    for place, question in enumerate(protocol.questions):
        for what in _question(question):
            yield source.fault(f'"{question.id}": {what}', "questions", place)
    if len(protocol.questions) > protocol.limits.answers:
        asked, allowed = len(protocol.questions), protocol.limits.answers
        what = f"{asked} questions, but `answers` allows {allowed}: drop a question"
        yield source.fault(what, "questions")


def _call_slots(programme: Programme, source: Source) -> Iterator[Fault]:
    """Each hour of check-in calls at which its name is not true, or nobody may be called."""
    for slot, (first, last) in call_slots.TRUE_WITHIN.items():
        begins = programme.call_slots[slot]
        if not first <= time.fromisoformat(begins) <= last:
            what = f'{begins} is not what callers are told by "{slot}": write {first:%H:%M} to {last:%H:%M}'
            yield source.fault(what, "call_slots", slot)


def _question(question: Question) -> Iterator[str]:
    if question.floor is Level.self_care:
        yield "its floor is self_care: unknown is never no, so write clinician_soon or higher"
    if question.kind is Kind.yes_no and not question.yes_when:
        yield "nothing makes its answer yes: write yes_when"
    if question.kind in (Kind.menu, Kind.list) and len(question.choices) < 2:
        yield "fewer than two choices: add a choice or make it a yes_no question"
    if question.kind is Kind.number and (not question.fact or question.high <= question.low):
        yield "a number needs its fact, and `from` below `to`"
    halves = sorted(key for half in question.halves for key in half)
    if question.kind is Kind.list and halves != sorted(choice.key for choice in question.choices):
        yield "its spoken halves must hold each choice once: mend `halves`"


def needed(protocol: Protocol) -> Iterator[tuple[str, tuple[tuple[Medium, ...], str]]]:
    """Every text key that something names: by which media it is said, and who names it."""
    for say in Say:
        yield say.value, (media_of(say), "the machine says it")
    for question in protocol.questions:
        yield from _prompts(question)
    for rule in protocol.rules:
        yield rule.text, (BOTH, f'rule "{rule.id}" tells it')
    for level, disposition in protocol.dispositions.items():
        for candidate in disposition.texts:
            yield candidate.text, (BOTH, f"disposition {level.name} tells it")
        for medium, texts in disposition.also.items():
            for text in texts:
                yield text, ((medium,), f"disposition {level.name} adds it")
    for text in protocol.floor_texts.values():
        yield text, (BOTH, "floor_texts names it")
    for advice in protocol.faq.advice:
        yield advice.text, (BOTH, f"advice {advice.code} tells it")
    for place, menu in enumerate(protocol.faq.menus):
        yield menu, (BOTH if place == 0 else SMS, "faq.yaml lists it")
    programme = protocol.programme
    for key in {step.text for step in programme.steps} | {
        step.instead for step in programme.steps if step.instead
    }:
        yield key, (SMS, "programme.yaml sends it")
    for key in (programme.nudge_text, programme.close_text):
        yield key, (SMS, "programme.yaml sends it")
    for key, media, why in health_words.named(programme):
        yield key, (media, why)


def _prompts(question: Question) -> Iterator[tuple[str, tuple[tuple[Medium, ...], str]]]:
    why = f'question "{question.id}" asks it'
    yield question.text, ((Medium.sms,) if question.halves else BOTH, why)
    for half in range(1, len(question.halves) + 1):
        yield f"{question.text}_{half}", ((Medium.voice,), why)
    if question.halves:
        yield f"more_{question.id}", ((Medium.voice,), why)


def _missing(
    texts: Texts, needed: Mapping[str, tuple[tuple[Medium, ...], str]], source: Source
) -> Iterator[Fault]:
    for key, (media, why) in needed.items():
        text = texts.texts.get(key)
        if text is None:
            yield source.fault(f'no text "{key}": {why}. Add the sentence in {texts.name}', "texts")
            continue
        for medium in media:
            if wording(text, medium) is None:
                yield source.fault(
                    f'"{key}" has no {medium.value} wording: {why}. Add the line', "texts", key
                )


def _texts(protocol: Protocol, texts: Texts, source: Source) -> Iterator[Fault]:
    emergencies = {candidate.text for candidate in protocol.dispositions[Level.emergency_now].texts}
    for key, text in texts.texts.items():
        for medium in Medium:
            raw = wording(text, medium)
            if raw is None:
                continue
            for what in wording_faults(protocol, texts, text, medium, raw, key in emergencies):
                yield source.fault(f'"{key}": {what}', "texts", key, medium.value)


def wording_faults(
    protocol: Protocol, texts: Texts, text: Text, medium: Medium, raw: str, emergency: bool
) -> Iterator[str]:
    """What is wrong with one wording: its placeholders, its segments or seconds, a missing emergency
    number."""
    names = set(names_in(raw))
    for name in sorted(names - set(protocol.placeholders)):
        yield f"no placeholder {{{name}}}: write one of those in protocol.yaml, or add it there"
    if names - set(protocol.placeholders):
        return
    number = "emergency" if medium is Medium.sms else "emergency_spoken"
    if emergency and number not in names:
        yield f"the placeholder {{{number}}} is missing: an emergency text names the number"
    if medium is Medium.sms:
        yield from _size(protocol, texts, raw)
    elif (seconds := spoken_s(longest(protocol, raw))) > SPOKEN_LIMIT_S:
        yield f"{seconds:.0f} s spoken, {SPOKEN_LIMIT_S} s at most: shorten it"


def _size(protocol: Protocol, texts: Texts, raw: str) -> Iterator[str]:
    size = segments(longest(protocol, raw))
    if size.count > texts.max_segments:
        what = f"{size.count} segments ({size.units} units of {size.encoding}), at most {texts.max_segments}"
        yield f"{what}: shorten it, or take out the character that is not GSM-7"


def _mentions(protocol: Protocol, texts: Texts, source: Source) -> Iterator[Fault]:
    for id in texts.must_mention:
        if id not in protocol.places:
            yield source.fault(f'no question "{id}": drop the entry', "must_mention", id)
    for id, what in unmentioned(protocol, texts):
        yield source.fault(what, "texts", f"ask_{id}")


def unmentioned(protocol: Protocol, texts: Texts) -> Iterator[tuple[str, str]]:
    """What the words of a question do not name and must: the question's id, and what to add."""
    for id, patterns in texts.must_mention.items():
        if id not in protocol.places:
            continue
        for medium, words in _asked(protocol.question(id), texts):
            for name, pattern in patterns.items():
                if not re.search(pattern, words, re.IGNORECASE):
                    yield id, f"the {medium.value} words of {id} do not name {name}: add it"


def _asked(question: Question, texts: Texts) -> Iterator[tuple[Medium, str]]:
    """The words of a question by each medium; the spoken halves of a list together."""
    for medium, keys in asked_in(question, texts):
        yield medium, " ".join(wording(texts.texts[key], medium) or "" for key in keys)


def asked_in(question: Question, texts: Texts) -> Iterator[tuple[Medium, list[str]]]:
    """The texts that ask a question by each medium, where there are any."""
    named = [question.text, *(f"{question.text}_{half}" for half in range(1, len(question.halves) + 1))]
    for medium in Medium:
        keys = [key for key in named if key in texts.texts and wording(texts.texts[key], medium)]
        if keys:
            yield medium, keys
