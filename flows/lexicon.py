"""The words of one language, compiled: phrases found in one pass, whole replies looked up, spelling mended.

Everything stands in the `words:` of the language's texts file; no word of a language stands here. A phrase is
words with blanks; `<group>` is any word of that group; `a|b` is either; `x + y` is both orders. In `signs` up
to three other words may stand between, but none before `~x`. May not: open files, or decide what a reply
means (`answers.py`)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flows.protocol import Protocol, Texts
from flows.tokens import HARD, SOFT, Spelling, plain, split

NEAR = 3  # words that may stand between the parts of a sign
DIRECTLY = -1  # nothing may, no comma either
DANGER, SELF_HARM = "danger", "self_harm"

# Tables of phrases found anywhere in a text (adjacent words), and tables that must be the whole reply.
ANYWHERE = (
    "yes", "no", "unsure", "assent", "negations", "not_negations", "hedges", "past", "supposed", "gone",
    "opt_out_said", "opt_out_traps", "sign_traps",
    "person_said", "wrong_number", "poison", "abuse", "for_other", "automatic", "better", "stressed",
    "asserted", "more_than", "corrected",
)  # fmt: skip
WHOLE = (
    "opt_out", "help", "person", "thanks", "back", "new", "same", "go", "join", "start", "advice", "more",
    "call", "call_no_message", "text_only", "opt_in", "private", "private_off",
)  # fmt: skip
SETS = (
    "filler", "polite", "messages", "subjects", "turns", "others", "verbs", "lists", "units", "known",
    "interjected", "deniers", "narrows", "within", "bare", "joins", "ages", "ones", "own", "pressed",
)  # fmt: skip
MAPS = (
    "groups", "signs", "signs_at", "choices", "yes_at", "no_at", "filler_at", "languages", "numbers",
    "durations", "alone", "spelt", "listen",
)  # fmt: skip
PHRASED = (
    "quotes",
    "acute",
    "lasting",
    "scale",
    "half",
    "spans",
    "skip",
)  # sets whose members may be several words
TABLES = (*ANYWHERE, *WHOLE, *SETS, *MAPS, *PHRASED, "self_harm")

Element = frozenset[str]
Spelt = tuple[tuple[str, ...], tuple[str, ...]]  # what is written, and what it stands for


@dataclass(frozen=True, slots=True)
class Phrase:
    """One phrase to look for. table and name: what it means. at: the question it is limited to, or ""."""

    table: str
    name: str
    parts: tuple[Element, ...]
    near: tuple[int, ...]
    at: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """Where a phrase stands: the places of its parts among the tokens."""

    table: str
    name: str
    places: tuple[int, ...]
    at: str = ""

    @property
    def first(self) -> int:
        """The first token of it."""
        return self.places[0]

    @property
    def last(self) -> int:
        """The last token of it."""
        return self.places[-1]


@dataclass(frozen=True)
class Lexicon:
    """One language's words, ready to use. sets: single words by table; whole: what a whole reply is."""

    spelling: Spelling
    starts: Mapping[str, tuple[Phrase, ...]]
    whole: Mapping[tuple[str, ...], tuple[str, str]]
    sets: Mapping[str, frozenset[str]]
    filler_at: Mapping[str, frozenset[str]]
    numbers: Mapping[str, int]
    durations: Mapping[str, int]
    quick: frozenset[str]
    spelt: Mapping[str, tuple[Spelt, ...]]
    seen: dict[int, tuple[Protocol, dict[Any, Any]]] = field(default_factory=dict, compare=False)

    def tokens(self, text: str) -> list[str]:
        """The text as words that the tables know where they do."""
        mend, spelt = self.spelling.mend, self.spelt
        tokens = [mend(token) for token in split(plain(text))]
        return _respelt(tokens, spelt) if any(token in spelt for token in tokens) else tokens

    def find(self, tokens: Sequence[str], question: str) -> list[Match]:
        """Every phrase in the tokens by its first word; those of another question are left out."""
        found = []
        for place, token in enumerate(tokens):
            for phrase in self.starts.get(token, ()):
                if phrase.at and phrase.at != question:
                    continue
                places = _follow(phrase, tokens, place)
                if places:
                    found.append(Match(phrase.table, phrase.name, places, phrase.at))
        return found

    def reply(self, tokens: Iterable[str]) -> tuple[str, str] | None:
        """What the whole reply is, less marks and polite words: (table, name), or None."""
        words = tuple(token for token in tokens if token[0].isalnum() or token in self.starts)
        if words in self.whole:
            return self.whole[words]
        polite = self.sets["polite"]
        return self.whole.get(tuple(word for word in words if word not in polite))


def _respelt(tokens: Sequence[str], spelt: Mapping[str, tuple[Spelt, ...]]) -> list[str]:
    """The tokens with what people spell in their own way put as the tables have it; the longest first."""
    told: list[str] = []
    place = 0
    while place < len(tokens):
        for sought, meant in spelt.get(tokens[place], ()):
            if tuple(tokens[place : place + len(sought)]) == sought:
                told += meant
                place += len(sought)
                break
        else:
            told.append(tokens[place])
            place += 1
    return told


def _follow(phrase: Phrase, tokens: Sequence[str], place: int) -> tuple[int, ...]:
    places = [place]
    for part, near in zip(phrase.parts[1:], phrase.near[1:], strict=True):
        place = _next(part, tokens, place, near)
        if place < 0:
            return ()
        places.append(place)
    return tuple(places)


def _next(part: Element, tokens: Sequence[str], place: int, near: int) -> int:
    """Where the part stands after `place`, at most `near` words on; commas do not count. -1: not there."""
    if near == DIRECTLY:
        return place + 1 if place + 1 < len(tokens) and tokens[place + 1] in part else -1
    for after in range(place + 1, min(place + 4 + near, len(tokens))):
        token = tokens[after]
        if token in part:
            return after
        if token in HARD:
            return -1
        if token != SOFT:
            near -= 1
            if near < 0:
                return -1
    return -1


_COMPILED: dict[int, tuple[Mapping[str, Any], Lexicon]] = {}
_KEPT = 16


def lexicon(texts: Texts) -> Lexicon:
    """The compiled words of a language; compiled once for each words table."""
    kept = _COMPILED.get(id(texts.words))
    if kept is None or kept[0] is not texts.words:
        while len(_COMPILED) >= _KEPT:
            _COMPILED.pop(next(iter(_COMPILED)))
        kept = _COMPILED[id(texts.words)] = texts.words, compile_words(texts.words)
    return kept[1]


def compile_words(words: Mapping[str, Any]) -> Lexicon:
    """The tables as one lexicon; a table that is missing is empty (`word_faults` names it)."""
    groups = _groups(words)
    phrases = list(_phrases(words, groups))
    starts: dict[str, list[Phrase]] = {}
    for phrase in phrases:
        for word in phrase.parts[0]:
            starts.setdefault(word, []).append(phrase)
    sets = {name: frozenset(_listed(words, name)) for name in SETS}
    sets |= {name: frozenset(_listed(words, name)) for name in PHRASED}
    filler_at = {str(at): frozenset(listed.split()) for at, listed in _mapped(words, "filler_at").items()}
    numbers, durations = _joined(_amounts(words, "numbers")), _amounts(words, "durations")
    whole = dict(_whole(words))
    vocabulary = {word for phrase in phrases for part in phrase.parts for word in part}
    vocabulary |= {word for reply in whole for word in reply} | set(numbers) | set(durations)
    vocabulary |= {word for name in SETS for word in sets[name]}
    vocabulary |= {word for fillers in filler_at.values() for word in fillers}
    spelt = _spellings(words)
    vocabulary |= {word for listed in spelt.values() for sought, _ in listed for word in sought}
    return Lexicon(
        Spelling(vocabulary, sets["known"]),
        {word: tuple(found) for word, found in starts.items()},
        whole,
        sets,
        filler_at,
        numbers,
        durations,
        frozenset(_quick(words)),
        spelt,
    )


def _spellings(words: Mapping[str, Any]) -> dict[str, tuple[Spelt, ...]]:
    """The table of spellings by its first word, the longest first."""
    found: dict[str, list[Spelt]] = {}
    for meant, listed in _mapped(words, "spelt").items():
        for text in listed:
            sought = tuple(str(text).split())
            found.setdefault(sought[0], []).append((sought, tuple(str(meant).split())))
    return {word: tuple(sorted(pairs, key=lambda pair: -len(pair[0]))) for word, pairs in found.items()}


def _listed(words: Mapping[str, Any], name: str) -> list[str]:
    """A table as a list: given as a list of phrases or as one string of words."""
    table = words.get(name) or ()
    return table.split() if isinstance(table, str) else [str(entry) for entry in table]


def _mapped(words: Mapping[str, Any], name: str) -> Mapping[Any, Any]:
    table = words.get(name)
    return table if isinstance(table, Mapping) else {}


def _amounts(words: Mapping[str, Any], name: str) -> dict[str, int]:
    return {str(word): int(value) for word, value in _mapped(words, name).items()}


def _joined(numbers: dict[str, int]) -> dict[str, int]:
    """The numbers, and tens and ones written as one word ("thirtyfive")."""
    tens = {word: value for word, value in numbers.items() if 20 <= value < 100}
    ones = {word: value for word, value in numbers.items() if 0 < value < 10}
    return {f"{ten}{one}": tens[ten] + ones[one] for ten in tens for one in ones} | numbers


def _groups(words: Mapping[str, Any]) -> dict[str, Element]:
    """Each group as its words; a group may name groups before it."""
    groups: dict[str, Element] = {}
    for name, listed in _mapped(words, "groups").items():
        members: set[str] = set()
        for word in listed.split() if isinstance(listed, str) else listed:
            members |= groups.get(word[1:-1], frozenset()) if word.startswith("<") else {word}
        groups[str(name)] = frozenset(members)
    return groups


def _phrases(words: Mapping[str, Any], groups: Mapping[str, Element]) -> Iterator[Phrase]:
    for table in ANYWHERE:
        for text in _listed(words, table):
            yield from _parse(table, "", text, groups, 0)
    for text in _listed(words, SELF_HARM):
        yield from _parse("sign", SELF_HARM, text, groups, 2)
    for fact, listed in _mapped(words, "signs").items():
        for text in listed:
            yield from _parse("sign", fact, text, groups, NEAR)
    for at, facts in _mapped(words, "signs_at").items():
        for fact, listed in facts.items():
            for text in listed:
                yield from _parse("sign", fact, text, groups, NEAR, at)
    for name, listed in _mapped(words, "alone").items():
        for text in listed:
            yield from _parse("alone", str(name), text, groups, 0)
    for table in ("yes", "no"):
        for at, listed in _mapped(words, f"{table}_at").items():
            for text in listed:
                yield from _parse(table, "", text, groups, 1 if table == "no" else 0, at)
    for at, choices in _mapped(words, "choices").items():
        for key, listed in choices.items():
            for text in listed:
                yield from _parse("choice", str(key), text, groups, 0, at)


def _parse(
    table: str, name: str, text: str, groups: Mapping[str, Element], near: int, at: str = ""
) -> Iterator[Phrase]:
    """The phrase, and the one in the other order where it says "+"."""
    sides = [side.split() for side in str(text).split("+")]
    for order in [sides, sides[::-1]] if len(sides) > 1 else [sides]:
        words = [word for side in order for word in side]
        gaps = tuple(DIRECTLY if word.startswith("~") else near for word in words)
        yield Phrase(table, name, tuple(_element(word.lstrip("~"), groups) for word in words), gaps, at)


def _element(word: str, groups: Mapping[str, Element]) -> Element:
    members: set[str] = set()
    for one in word.split("|"):
        members |= groups.get(one[1:-1], frozenset()) if one.startswith("<") and one.endswith(">") else {one}
    return frozenset(members)


def _whole(words: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], tuple[str, str]]]:
    polite = set(_listed(words, "polite"))
    tables = [(table, "", _listed(words, table)) for table in WHOLE]
    tables += [("language", str(code), listed) for code, listed in _mapped(words, "languages").items()]
    for table, name, listed in tables:
        for text in listed:
            reply = tuple(text.split())
            yield reply, (table, name)
            if table == "thanks":  # made of polite words itself
                continue
            yield tuple(word for word in reply if word not in polite) or reply, (table, name)


def _quick(words: Mapping[str, Any]) -> Iterator[str]:
    """Replies whose reading is worth keeping: the plain words, and the digits."""
    for table in ("yes", "no", "unsure", "assent", *WHOLE):
        yield from _listed(words, table)
    yield from map(str, range(121))


def word_faults(protocol: Protocol, texts: Texts) -> list[str]:
    """What is wrong with a language's words, each with its remedy; empty where all is well."""
    words = texts.words
    faults = [
        f'the table "{table}" is missing: add it, as in the first language'
        for table in TABLES
        if table not in words
    ]
    if faults:
        return faults
    return [
        *_unknown_facts(protocol, words),
        *_clashes(words),
        *_bad_groups(words),
        *_places(protocol, words),
    ]


def _unknown_facts(protocol: Protocol, words: Mapping[str, Any]) -> Iterator[str]:
    facts = {test.fact for flag in protocol.flags for test in flag.told} | {DANGER}
    named = [*words["signs"], *words["acute"], *words["lasting"]]
    named += [fact for table in words["signs_at"].values() for fact in table]
    named += [fact for fact in words["listen"] if fact != "harmless"]
    for fact in sorted({str(fact) for fact in named} - facts):
        yield f'no fact "{fact}" in flags.yaml: mend the name'


def _clashes(words: Mapping[str, Any]) -> Iterator[str]:
    """A word that stops the line or asks for help must not be an answer too."""
    answers = {word: table for table in ("yes", "no", "unsure", "assent") for word in _listed(words, table)}
    for table in ("opt_out", "help", "person"):
        for word in _listed(words, table):
            if word in answers:
                yield f'"{word}" stands in {table} and in {answers[word]}: keep one of the two'
    for word in sorted(set(_listed(words, "yes")) & set(_listed(words, "no"))):
        yield f'"{word}" stands in yes and in no: keep one of the two'


def _bad_groups(words: Mapping[str, Any]) -> Iterator[str]:
    groups = _groups(words)
    for phrase in _phrases(words, groups):
        if not all(phrase.parts) or not phrase.parts:
            yield f'a phrase of "{phrase.name or phrase.table}" has an empty part: is a <group> missing?'
        for word in sorted(word for part in phrase.parts for word in part if plain(word) != word):
            where = phrase.name or phrase.table
            yield f'"{word}" in "{where}": write it in small letters, without accents or apostrophes'


def _places(protocol: Protocol, words: Mapping[str, Any]) -> Iterator[str]:
    known = set(protocol.places) | set(protocol.programme.checkins)
    for table in ("signs_at", "yes_at", "no_at", "filler_at", "choices"):
        for id in sorted(set(words[table]) - known):
            yield f'{table}: no question "{id}": mend the name'
