"""Copies of a protocol with one fault each, made mechanically from its parsed form.

Each mutation tells a person the wrong thing in some case, or would if nobody looked. May not: judge them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from flows.checks import asked_in
from flows.protocol import (
    NO,
    NONE,
    YES,
    Candidate,
    Choice,
    Condition,
    Disposition,
    Kind,
    Level,
    Medium,
    Protocol,
    Question,
    Rule,
    Text,
    Texts,
)
from flows.wording import wording

NEVER = 99
LONGER = " This goes on and on." * 20


@dataclass(frozen=True, slots=True)
class Mutant:
    """One fault, in words, and the protocol that has it."""

    mutation: str
    protocol: Protocol


def mutants(protocol: Protocol) -> Iterator[Mutant]:
    """Every mutant, in an order that stays the same."""
    for made in (
        _of_rules,
        _of_conditions,
        _of_questions,
        _of_order,
        _of_answers,
        _of_limits,
        _of_texts,
        _of_prompts,
    ):
        yield from made(protocol)


def _of_rules(protocol: Protocol) -> Iterator[Mutant]:
    for place, rule in enumerate(protocol.rules):
        others = (*protocol.rules[:place], *protocol.rules[place + 1 :])
        yield Mutant(f"rule {rule.id}: dropped", replace(protocol, rules=others))
        for level in Level:
            if level < rule.level:
                texts = protocol.dispositions[level].texts
                lower = replace(rule, level=level, text=texts[-1].text)
                yield _with_rule(protocol, place, lower, f"level lowered to {level.name}")
        for candidate in protocol.dispositions[rule.level].texts:
            if candidate.text != rule.text:
                yield _with_rule(
                    protocol, place, replace(rule, text=candidate.text), f"told with {candidate.text}"
                )


def _of_conditions(protocol: Protocol) -> Iterator[Mutant]:
    for place, rule in enumerate(protocol.rules):
        for number, condition in enumerate(rule.when):
            rest = (*rule.when[:number], *rule.when[number + 1 :])
            if rest:
                yield _with_rule(
                    protocol, place, replace(rule, when=rest), f"no longer reads {_named(condition)}"
                )
            for changed, what in _changes(protocol, condition):
                when = (*rule.when[:number], changed, *rule.when[number + 1 :])
                yield _with_rule(protocol, place, replace(rule, when=when), f"{_named(condition)} {what}")


def _named(condition: Condition) -> str:
    keys = [str(key) for key in range(condition.mask.bit_length()) if condition.mask >> key & 1]
    return f"{condition.question} {'/'.join(keys)}".strip()


def _changes(protocol: Protocol, condition: Condition) -> Iterator[tuple[Condition, str]]:
    question = protocol.questions[condition.place]
    if condition.mask:
        every = (
            YES | NO if question.kind is Kind.yes_no else sum(1 << choice.key for choice in question.choices)
        )
        yield replace(condition, mask=every & ~condition.mask), "negated"
        for key in range(condition.mask.bit_length()):
            left = condition.mask & ~(1 << key)
            if left and left != condition.mask:
                yield replace(condition, mask=left), f"without choice {key}"
    for name in ("at_least", "under"):
        limit = getattr(condition, name)
        if limit is not None:
            yield replace(condition, **{name: limit + 1}), f"{name} {limit + 1}"
            yield replace(condition, **{name: limit - 1}), f"{name} {limit - 1}"
            other = "under" if name == "at_least" else "at_least"
            yield replace(condition, **{name: None, other: limit}), f"negated to {other} {limit}"


def _with_rule(protocol: Protocol, place: int, rule: Rule, what: str) -> Mutant:
    rules = (*protocol.rules[:place], rule, *protocol.rules[place + 1 :])
    return Mutant(f"rule {rule.id}: {what}", replace(protocol, rules=rules))


def _with_question(protocol: Protocol, question: Question, what: str) -> Mutant:
    questions = tuple(question if other.id == question.id else other for other in protocol.questions)
    return Mutant(f"question {question.id}: {what}", replace(protocol, questions=questions))


def _of_questions(protocol: Protocol) -> Iterator[Mutant]:
    for question in protocol.questions:
        for level in Level:
            if level < question.floor:
                yield _with_question(
                    protocol, replace(question, floor=level), f"floor lowered to {level.name}"
                )
        if question.unsure_is is None:
            best = _best(question)
            yield _with_question(
                protocol, replace(question, unsure_is=best), '"not sure" counts as the best answer'
            )
        else:
            yield _with_question(
                protocol, replace(question, unsure_is=_best(question)), '"not sure" counts as yes'
            )
        if question.kind is Kind.yes_no:
            other = YES if question.safe_answer == NO else NO
            yield _with_question(
                protocol, replace(question, safe_answer=other), "the other answer is the safe one"
            )
        if question.ask_if is None:
            continue
        yield _with_question(protocol, replace(question, ask_if=None), "asked of everybody")
        for changed, what in _changes(protocol, question.ask_if):
            yield _with_question(
                protocol, replace(question, ask_if=changed), f"asked if {question.ask_if.question} {what}"
            )


def _best(question: Question) -> int:
    if question.kind is Kind.yes_no:
        return question.safe_answer
    if question.kind is Kind.number:
        return 3 if question.high <= 10 else 40
    return NONE if question.kind is Kind.list else 1 << min(choice.key for choice in question.choices)


def _of_answers(protocol: Protocol) -> Iterator[Mutant]:
    for question in protocol.questions:
        for number in range(len(question.yes_when)):
            left = (*question.yes_when[:number], *question.yes_when[number + 1 :])
            facts = ", ".join(test.fact for test in question.yes_when[number])
            yield _with_question(protocol, replace(question, yes_when=left), f"yes no longer means {facts}")
        for number, choice in enumerate(question.choices):
            rest = (*question.choices[:number], *question.choices[number + 1 :])
            yield _with_question(protocol, replace(question, choices=rest), f"choice {choice.key} dropped")
            for way in range(len(choice.true_when)):
                left = (*choice.true_when[:way], *choice.true_when[way + 1 :])
                fewer = (
                    *question.choices[:number],
                    Choice(choice.key, left),
                    *question.choices[number + 1 :],
                )
                facts = ", ".join(test.fact for test in choice.true_when[way])
                what = f"choice {choice.key} no longer means {facts}"
                yield _with_question(protocol, replace(question, choices=fewer), what)
        for half in range(len(question.halves)):
            for key in question.halves[half]:
                fewer_keys = tuple(tuple(k for k in keys if k != key) for keys in question.halves)
                yield _with_question(
                    protocol, replace(question, halves=fewer_keys), f"choice {key} is not read out"
                )


def _of_order(protocol: Protocol) -> Iterator[Mutant]:
    """Questions left out, put last, or after the next one."""
    for question in protocol.questions:
        left = [other for other in protocol.questions if other is not question]
        yield Mutant(f"question {question.id}: left out", ordered(protocol, left))
        if question is not protocol.questions[-1]:
            yield Mutant(f"question {question.id}: asked last", ordered(protocol, [*left, question]))
            place = question.place
            swapped = [*left[: place + 1], question, *left[place + 1 :]]
            yield Mutant(f"question {question.id}: asked after {left[place].id}", ordered(protocol, swapped))


def ordered(protocol: Protocol, questions: Sequence[Question]) -> Protocol:
    """The protocol with just these questions in this order; rules that read another one are dropped."""
    places = {question.id: place for place, question in enumerate(questions)}

    def moved(when: Sequence[Condition]) -> tuple[Condition, ...] | None:
        if not all(condition.question in places for condition in when):
            return None
        return tuple(replace(condition, place=places[condition.question]) for condition in when)

    rules = ((rule, moved(rule.when)) for rule in protocol.rules)
    kept = []
    for question in questions:
        gate = moved([question.ask_if]) if question.ask_if else None
        kept.append(replace(question, place=places[question.id], ask_if=gate[0] if gate else None))
    dispositions = {
        level: replace(item, texts=tuple(replace(c, when=moved(c.when) or ()) for c in item.texts))
        for level, item in protocol.dispositions.items()
    }
    whole = tuple(replace(rule, when=when) for rule, when in rules if when is not None)
    return replace(protocol, questions=tuple(kept), rules=whole, dispositions=dispositions)


def _of_limits(protocol: Protocol) -> Iterator[Mutant]:
    limits = protocol.limits
    yield Mutant("limits: no limit of loops", replace(protocol, limits=replace(limits, loop=NEVER)))
    day = replace(limits, texts_a_day=NEVER * NEVER)
    yield Mutant("limits: no limit of a day", replace(protocol, limits=day))
    endless = {"unsure": replace(limits, unsure=NEVER), "misses": replace(limits, misses=NEVER)}
    for name, changed in endless.items():
        yield Mutant(f"limits: no limit of {name}", replace(protocol, limits=changed))
    row = dict.fromkeys(limits.misses_in_a_row, NEVER)
    yield Mutant(
        "limits: no limit of misses in a row", replace(protocol, limits=replace(limits, misses_in_a_row=row))
    )
    both = replace(limits, misses_in_a_row=row, misses=NEVER)
    yield Mutant("limits: no limit of misses at all", replace(protocol, limits=both))
    fewer = replace(limits, answers=limits.answers - 1)
    yield Mutant("limits: one answered question fewer allowed", replace(protocol, limits=fewer))


def _of_texts(protocol: Protocol) -> Iterator[Mutant]:
    for level, item in protocol.dispositions.items():
        for place, candidate in enumerate(item.texts):
            left = (*item.texts[:place], *item.texts[place + 1 :])
            if left:
                yield _with_texts(protocol, level, left, f"{candidate.text} dropped")
            if place + 1 < len(item.texts):
                yield _with_texts(protocol, level, (*left, candidate), f"{candidate.text} last")
            if candidate.when or candidate.floor:
                bare = (*item.texts[:place], Candidate(candidate.text), *item.texts[place + 1 :])
                yield _with_texts(protocol, level, bare, f"{candidate.text} without its condition")
    for language, texts in protocol.languages.items():
        emergencies = [candidate.text for candidate in protocol.dispositions[Level.emergency_now].texts]
        for key in emergencies:
            for medium in Medium:
                raw = wording(texts.texts[key], medium) or ""
                cut = re.sub(r"\{emergency(_spoken)?\}", "us", raw)
                yield _with_text(protocol, language, key, medium, cut, "does not name the emergency number")
        for candidate in protocol.dispositions[Level.self_care].texts:
            raw = wording(texts.texts[candidate.text], Medium.sms) or ""
            yield _with_text(protocol, language, candidate.text, Medium.sms, raw + LONGER, "too long")
        for name in ("heart", "saddle"):
            if f"ask_{name}" in texts.texts:
                raw = wording(texts.texts[f"ask_{name}"], Medium.voice) or ""
                yield _with_text(protocol, language, f"ask_{name}", Medium.voice, raw + LONGER, "too long")


def _with_texts(protocol: Protocol, level: Level, texts: tuple[Candidate, ...], what: str) -> Mutant:
    changed: dict[Level, Disposition] = dict(protocol.dispositions)
    changed[level] = replace(changed[level], texts=texts)
    return Mutant(f"texts of {level.name}: {what}", replace(protocol, dispositions=changed))


def _with_text(protocol: Protocol, language: str, key: str, medium: Medium, words: str, what: str) -> Mutant:
    texts: Texts = protocol.languages[language]
    text = texts.texts[key]
    mended: Text = replace(text, sms=words) if medium is Medium.sms else replace(text, voice=words)
    changed: Mapping[str, Text] = {**texts.texts, key: mended}
    languages = {**protocol.languages, language: replace(texts, texts=changed)}
    return Mutant(f"{language} {medium.value} {key}: {what}", replace(protocol, languages=languages))


def _of_prompts(protocol: Protocol) -> Iterator[Mutant]:
    """What a question must name is cut out; a key or a word to reply with is renamed."""
    for language, texts in protocol.languages.items():
        for id, patterns in texts.must_mention.items():
            if id in protocol.places:
                for name, pattern in patterns.items():
                    yield from _unnamed(protocol, language, protocol.question(id), name, pattern)
        for question in protocol.questions:
            for key in (
                question.text,
                *(f"{question.text}_{half + 1}" for half in range(len(question.halves))),
            ):
                if key in texts.texts:
                    yield from _renamed(protocol, language, question, key)


def _unnamed(
    protocol: Protocol, language: str, question: Question, name: str, pattern: str
) -> Iterator[Mutant]:
    texts = protocol.languages[language]
    for medium, keys in asked_in(question, texts):
        for key in keys:
            raw = wording(texts.texts[key], medium) or ""
            cut = re.sub(pattern, "it", raw, flags=re.IGNORECASE)
            elsewhere = any(
                re.search(pattern, wording(texts.texts[other], medium) or "", re.IGNORECASE)
                for other in keys
                if other != key
            )
            if cut != raw and not elsewhere:
                yield _with_text(protocol, language, key, medium, cut, f"does not name {name}")


def _renamed(protocol: Protocol, language: str, question: Question, key: str) -> Iterator[Mutant]:
    text = protocol.languages[language].texts[key]
    if question.kind is Kind.number:
        return
    spoken, written = wording(text, Medium.voice), wording(text, Medium.sms)
    for match in re.finditer(r"(?<=, )(\d)(?=[.,])|(?<= )(\d)(?=\.)", spoken or ""):
        assert spoken is not None
        changed = spoken[: match.start()] + "9" + spoken[match.end() :]
        yield _with_text(protocol, language, key, Medium.voice, changed, f"key {match[0]} renamed to 9")
    for match in re.finditer(r"^\d(?= )", written or "", re.MULTILINE):
        assert written is not None
        changed = written[: match.start()] + "9" + written[match.end() :]
        yield _with_text(protocol, language, key, Medium.sms, changed, f"choice {match[0]} renamed to 9")
