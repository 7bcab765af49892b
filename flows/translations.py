"""What a language lacks beside the protocol's first one: sentences, placeholders, names of signs, what a
question's words must name.

Called by `checks.py`, which looks at each language by itself. May not: open files, or judge a translation."""

from collections.abc import Container, Iterator

from flows.load import Fault, Source
from flows.protocol import Medium, Protocol, Text, Texts
from flows.wording import names_in, wording

LONGEST = {"sms": "heard", "voice": "heard_spoken"}  # the placeholder that a sign's name fills


def lacking(first: Texts, texts: Texts, needed: Container[str], source: Source) -> Iterator[Fault]:
    """Every difference of a language from the first one that a person would hear, with its remedy.

    needed: the texts whose absence is told elsewhere."""
    for key, model in first.texts.items():
        text = texts.texts.get(key)
        if text is None:
            if key not in needed:
                yield source.fault(f'no text "{key}", which {first.name} has: translate it', "texts")
            continue
        for what in _beside(model, text, first):
            yield source.fault(f'"{key}": {what}', "texts", key)
    for key in texts.texts.keys() - first.texts.keys():
        yield source.fault(f'no text "{key}" in {first.name}: drop it or mend its name', "texts", key)
    for id, patterns in first.must_mention.items():
        for name in patterns.keys() - texts.must_mention.get(id, {}).keys():
            what = f'{id} lacks the pattern "{name}", which {first.name} has: add the word to look for'
            yield source.fault(what, "must_mention", id)


def names_of_signs(protocol: Protocol, first: Texts, texts: Texts, source: Source) -> Iterator[Fault]:
    """Signs without a name in this language, and names too long for the sentences that repeat them."""
    for fact in first.heard:
        names = texts.heard.get(fact, {})
        for medium, placeholder in LONGEST.items():
            name, longest = names.get(medium), protocol.placeholders[placeholder].longest
            if name is None:
                yield source.fault(f'"{fact}" has no {medium} name: add it', "heard", fact)
            elif len(name) > longest:
                what = f'the {medium} name of "{fact}" has {len(name)} characters, {longest} at most'
                yield source.fault(f"{what}: shorten it", "heard", fact)


def _beside(model: Text, text: Text, first: Texts) -> Iterator[str]:
    for medium in Medium:
        theirs, ours = wording(model, medium), wording(text, medium)
        if theirs is None or ours is None:
            if theirs is not None:
                yield f"no {medium.value} wording, which {first.name} has: add the line"
            continue
        wanted, named = set(names_in(theirs)), set(names_in(ours))
        for name in sorted(wanted - named):
            yield f"the {medium.value} wording lacks {{{name}}}, which {first.name} has: put it in"
        for name in sorted(named - wanted):
            yield f"the {medium.value} wording has {{{name}}}, which {first.name} has not: take it out"
