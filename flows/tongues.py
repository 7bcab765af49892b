"""Which language a text is written in, and what it means where that is not the conversation's.

A cry for help must not depend on a setting, and nobody in danger should spend a turn on choosing: a first
text is answered in the language that it reads as, a later one is read by that language's words too;
either way
one line offers the other language. May not: know a word of any language (`lexicon.py`), or change the
session."""

from dataclasses import replace

from flows.answers import is_by_machine, understand
from flows.heard import Heard, Kind
from flows.lexicon import lexicon
from flows.protocol import Protocol
from flows.tokens import plain, split

HARM = (Kind.self_harm, Kind.poison)
SAFETY = (Kind.self_harm, Kind.danger, Kind.doubt, Kind.poison, Kind.opt_out, Kind.abuse)


def hear(protocol: Protocol, text: str, question: str | None, language: str, *, first: bool = False) -> Heard:
    """What a text means in a conversation in `language`; first: nothing was said before it. Never raises.

    `tongue` of what is heard: the language to go on in, where a first text reads as another one; `offer`: the
    line that names the languages belongs before the reply."""
    told = own_words(protocol, text)
    mine = told.pop(language, 0)
    other = max(told, key=lambda code: told[code], default="")
    here = understand(protocol, text, question, language)
    asked = _names_itself(protocol, text) if here.kind is Kind.unclear else ""
    if asked:
        return Heard(Kind.language, asked)
    if not other or not told[other] or told[other] < mine or here.kind is Kind.language:
        return _signs_of_any(protocol, text, question, language, here)
    there = understand(protocol, text, question, other)
    if told[other] == mine:  # mixed: read as before
        return replace(_with_signs(here, there), offer=first)
    if first:
        return replace(_with_signs(_safer(there, here), here), tongue=other, offer=True)
    heard = here if there.kind is Kind.unclear and not there.signs else _with_signs(_safer(there, here), here)
    return replace(heard, offer=here.kind is Kind.unclear)


def listen(protocol: Protocol, words: str, question: str | None, language: str) -> Heard:
    """What words said aloud mean in a call in `language`, with the signs that any other language of the line
    hears where it knows one of them. Never raises."""
    heard = understand(protocol, words, question, language, aloud=True)
    for other, count in own_words(protocol, words).items():
        if count and other != language:
            heard = _with_signs(heard, understand(protocol, words, question, other, aloud=True))
    return _signs_of_any(protocol, words, question, language, heard, aloud=True)


def _signs_of_any(
    protocol: Protocol, text: str, question: str | None, language: str, heard: Heard, *, aloud: bool = False
) -> Heard:
    """What was heard; where that is nothing, with a sign that another language hears: "I fell off a ladder"
    has no word that is English only."""
    if heard.kind is not Kind.unclear or heard.signs or heard.doubts:
        return heard
    if not aloud and any(is_by_machine(protocol, text, code) for code in protocol.languages):
        return heard
    for other in protocol.languages:
        if other != language:
            there = understand(protocol, text, question, other, aloud=aloud)
            heard = _with_signs(heard, there) if there.signs or there.doubts else heard
    return heard


def _with_signs(heard: Heard, other: Heard) -> Heard:
    """Beside what was heard also each sign and each doubt that the other reading has."""
    signs = tuple(dict.fromkeys((*heard.signs, *other.signs)))
    doubts = tuple(dict.fromkeys((*heard.doubts, *other.doubts)))
    outranked = heard.kind is not Kind.self_harm and (other.kind in HARM or (signs and not heard.signs))
    kind = other if outranked else heard
    return replace(kind, signs=signs, doubts=tuple(doubt for doubt in doubts if doubt not in signs))


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
