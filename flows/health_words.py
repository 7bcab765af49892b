"""The words of health of each language, and the discreet texts that may hold none of them.

The words are data: `health` of the texts file. Called by `checks.py`. May not: open files, or know a word of
any language."""

import re
from collections.abc import Iterator

from flows.discreet import FOLLOW_UP, OF_THE_SWITCH
from flows.load import Fault, Source
from flows.protocol import Medium, Programme, Protocol, Texts
from flows.tokens import plain
from flows.wording import PLACEHOLDER, Say, media_of, wording

FILE = "programme.yaml"
_WORD = re.compile(r"[^\W_]+")


def named(programme: Programme) -> Iterator[tuple[str, tuple[Medium, ...], str]]:
    """Each discreet text: by which media it is said, and who names it."""
    for key, text in programme.discreet_texts.items():
        media = media_of(Say(key)) if key in FOLLOW_UP else (Medium.sms,)
        yield text, media, f"it is said in place of {key}"


def lacking(programme: Programme, source: Source) -> Iterator[Fault]:
    """What must have a discreet text and has none, and what has one and is never said.

    A tip without one is left out; a check-in never is."""
    asking = {step.text for step in programme.steps if step.asks}
    asking |= {step.instead for step in programme.steps if step.instead}
    must = {*asking, programme.nudge_text, programme.close_text, *map(str, FOLLOW_UP)}
    for key in sorted(must - programme.discreet_texts.keys()):
        yield source.fault(f'"{key}" has no discreet text: name one', "discreet_texts")
    for key in sorted(programme.discreet_texts.keys() - must - {step.text for step in programme.steps}):
        yield source.fault(f'the follow-up never says "{key}": drop the line', "discreet_texts", key)


def telling(protocol: Protocol, texts: Texts, source: Source) -> Iterator[Fault]:
    """Each word of health in a discreet text of this language; a language that lists none is a fault too."""
    if not texts.health:
        yield source.fault("`health` lists no words: add those that a discreet text may not hold")
    for word in sorted(texts.health):
        if _WORD.findall(plain(word)) != [word]:
            what = f'"{word}" is never found: write one word in small letters, without accents'
            yield source.fault(what, "health")
    for key in dict.fromkeys((*protocol.programme.discreet_texts.values(), *OF_THE_SWITCH)):
        for medium in Medium:
            for word in words_of_health(texts, _said(protocol, texts, key, medium)):
                what = f'"{key}" is a discreet text and says "{word}": say it without'
                yield source.fault(what, "texts", key, medium.value)


def words_of_health(texts: Texts, said: str) -> list[str]:
    """The words of the language's list that stand in a sentence, in order."""
    return [word for word in _WORD.findall(plain(said)) if word in texts.health]


def _said(protocol: Protocol, texts: Texts, key: str, medium: Medium) -> str:
    """The wording as it is sent, with the placeholders of an installation that changed none; "" = none."""
    text = texts.texts.get(key)
    raw = wording(text, medium) if text else None
    return PLACEHOLDER.sub(lambda match: _default(protocol, match[1]), raw or "")


def _default(protocol: Protocol, name: str) -> str:
    known = protocol.placeholders.get(name)
    return known.default if known else ""
