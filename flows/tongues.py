"""Which language a text is written in, and what it means where that is not the conversation's.

A cry for help must not depend on a setting, and nobody in danger should spend a turn on choosing: a first
text is answered in the language that it reads as, a later one is read by that language's words too;
either way
one line offers the other language. May not: know a word of any language (`lexicon.py`), or change the
session."""

from dataclasses import replace

from flows.answers import is_by_machine, is_plain, numbered, understand
from flows.heard import Heard, Kind
from flows.lexicon import lexicon
from flows.protocol import Kind as Takes
from flows.protocol import Protocol, Question
from flows.rules import signs_in
from flows.tokens import plain, split

HARM = (Kind.self_harm, Kind.poison)
HEARD_BEFORE_SIGNS = (Kind.self_harm, Kind.media, Kind.language)
SAFETY = (Kind.self_harm, Kind.danger, Kind.doubt, Kind.poison, Kind.opt_out, Kind.abuse)


def hear(protocol: Protocol, text: str, question: str | None, language: str, *, first: bool = False) -> Heard:
    """What a text means in a conversation in `language`; first: nothing was said before it. Never raises.

    `tongue` of what is heard: the language to go on in, where a first text reads as another one; `offer`: the
    line that names the languages belongs before the reply."""
    told = own_words(protocol, text)
    mine = told.pop(language, 0)
    other = max(told, key=lambda code: told[code], default="")
    here = understand(protocol, text, question, language)
    named = _names_itself(protocol, text) if here.kind is Kind.unclear else ""
    if named:
        return Heard(Kind.language, named)
    if not other or not told[other] or told[other] < mine or here.kind is Kind.language:
        return _signs_of_any(protocol, text, question, language, here)
    there, asked = understand(protocol, text, question, other), _asked(protocol, question)
    if told[other] == mine:  # mixed: read as before
        return replace(_with_signs(here, there, asked), offer=first)
    both = _in_that(here, there, asked)
    if first:
        return replace(both, tongue=other, offer=True)
    return replace(both, offer=here.kind is Kind.unclear)


def _in_that(here: Heard, there: Heard, asked: Question | None) -> Heard:
    """A text in the other language: its reading, unless that is none, with what this one heard."""
    if there.kind is Kind.unclear and not there.signs:
        return here
    return _with_signs(_safer(there, here), here, asked)


def listen(protocol: Protocol, words: str, question: str | None, language: str) -> Heard:
    """What words said aloud mean in a call in `language`, with the signs that any other language of the line
    hears where it knows one of them. Never raises."""
    heard, asked = understand(protocol, words, question, language, aloud=True), _asked(protocol, question)
    told = own_words(protocol, words)
    for other, count in told.items():
        if count and other != language:
            there = understand(protocol, words, question, other, aloud=True)
            more = count > told[language]
            heard = _in_that(heard, there, asked) if more else _with_signs(heard, there, asked)
    return _signs_of_any(protocol, words, question, language, heard, aloud=True)


def _signs_of_any(
    protocol: Protocol, text: str, question: str | None, language: str, here: Heard, *, aloud: bool = False
) -> Heard:
    """What was heard, with each sign of which only another language knows: "I fell off a ladder" has no word
    that is English only."""
    if here.kind in HEARD_BEFORE_SIGNS or is_plain(protocol, text, language):
        return here
    if not aloud and any(is_by_machine(protocol, text, code) for code in protocol.languages):
        return here
    told, heard, asked = own_words(protocol, text), here, _asked(protocol, question)
    surely = told[language] > 0 or here.kind is Kind.answer
    for other in protocol.languages:
        foreign = told[other] < told[language]  # these are words of this language
        if other == language or (foreign and not told[other] and here.kind is not Kind.unclear):
            continue
        there = _beside(here, understand(protocol, text, question, other, aloud=aloud), surely=surely)
        if there.keep and asked and asked.kind is not Takes.yes_no:
            # "Four kids" is a choice only to whom "kids" is no word.
            there = replace(there, keep=there.keep & ~numbered(protocol, text, language))
        heard = _with_signs(heard, _in_doubt(there) if foreign else there, asked)
    return heard


def _in_doubt(there: Heard) -> Heard:
    """What only a foreign reading knows of words of this language: asked about, never taken as told ("no,
    puedo caminar" has the look of "no puedo caminar")."""
    doubts = (*there.doubts, *there.signs)
    return Heard(Kind.doubt if doubts else Kind.unclear, doubts=doubts, reading=there.reading)


def _beside(here: Heard, there: Heard, *, surely: bool) -> Heard:
    """Of the other reading only what this language has not read in the same words; where that was understood,
    its choices too (`_with_signs` takes their signs). surely: they are words of this language, so that a "no"
    in them is one; else what is denied here is in doubt."""
    known = {*here.signs, *here.doubts, *(here.denied if surely else ())}
    signs = tuple(sign for sign in there.signs if sign not in known and sign not in here.denied)
    doubts = tuple(fact for fact in (*there.doubts, *there.signs) if fact not in known and fact not in signs)
    kind = there.kind if there.kind in HARM or signs else Kind.doubt if doubts else Kind.unclear
    keep = 0 if there.kind is Kind.unclear else there.mask
    return replace(there, kind=kind, value=None, keep=keep, signs=signs, doubts=doubts)


def _with_signs(heard: Heard, other: Heard, question: Question | None) -> Heard:
    """Beside what was heard also each sign, each doubt and each choice that the other reading has. An answer
    that they outrank is kept beside them."""
    signs = tuple(dict.fromkeys((*heard.signs, *other.signs)))
    doubts = tuple(dict.fromkeys((*heard.doubts, *other.doubts)))
    outranked = heard.kind is not Kind.self_harm and (other.kind in HARM or (signs and not heard.signs))
    kind = other if outranked else heard
    told = signs_in(question, heard.mask | other.mask) if question else 0
    if told and kind.kind is Kind.answer:
        kind = replace(kind, value=told)
    elif told:
        kind = replace(kind, keep=told)
    return replace(kind, signs=signs, doubts=tuple(doubt for doubt in doubts if doubt not in signs))


def _asked(protocol: Protocol, question: str | None) -> Question | None:
    """The question of that id; None where it is a check-in, or nothing is asked."""
    return protocol.question(question) if question and question in protocol.places else None


def own_words(protocol: Protocol, text: str) -> dict[str, int]:
    """How many different words of the text are everyday words of one language only, for each language."""
    if len(protocol.languages) < 2:
        return {}
    tokens = set(split(plain(text)))
    return {code: len(tokens & lexicon(texts).sets["own"]) for code, texts in protocol.languages.items()}


def _names_itself(protocol: Protocol, text: str) -> str:
    """The language whose own words say that it is wanted: each file names its own keyword."""
    for code, texts in protocol.languages.items():
        words = lexicon(texts)
        if words.reply(words.tokens(text)) == ("language", code):
            return code
    return ""


def _safer(there: Heard, here: Heard) -> Heard:
    """The reading of the text's own language, unless only the other one heard a sign or a plea."""
    if there.signs or there.doubts or there.kind in SAFETY:
        return there
    return here if here.signs or here.kind in SAFETY else there
