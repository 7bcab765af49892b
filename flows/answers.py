"""What a text means: the safety words of every state first, then the answer to the question that stands open.

Precedence for the reply: self-harm, danger, poison, opt-out, help or a person, language, a doubt, keywords, the
answer. Everything heard takes effect: `signs`, `doubts` and `opt_out` are filled whatever the kind. A "no" is plain
only where nothing beside it could be a sign. May not: know a word of any language, or raise on any text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from flows.heard import Heard, Kind
from flows.lexicon import Lexicon, Match, lexicon
from flows.numbers import age_of, choice_digits, days_of, list_digits, score_of
from flows.protocol import NO, NONE, YES, Protocol, Question
from flows.protocol import Kind as Takes
from flows.signs import Judge, Signs
from flows.tokens import HARD, LONGEST

KEYWORDS = {
    "back": Kind.back, "new": Kind.new, "same": Kind.same, "go": Kind.go, "join": Kind.join,
    "start": Kind.start, "advice": Kind.advice, "more": Kind.more, "call": Kind.call,
    "call_no_message": Kind.call,
    "text_only": Kind.text_only, "thanks": Kind.thanks,
}  # fmt: skip
SHOWN = {Kind.back: "BACK", Kind.join: "JOIN", Kind.start: "START"}
CODES = frozenset(str(number) for number in range(1, 21))
MARKS = " .!\t\n"  # what may stand around a plain answer
OPTS_OUT = ("opt_out", "opt_out_said")


@dataclass(slots=True)
class Said:
    """One text with everything found in it."""

    protocol: Protocol
    words: Lexicon
    question: str | None
    takes: Question | None
    keys: tuple[int, ...]
    tokens: list[str]
    found: dict[str, list[Match]]
    signs: Signs
    reply: tuple[str, str] | None
    opt_out: bool = False
    start: bool = False
    why: tuple[str, ...] = field(default=())

    def has(self, table: str) -> bool:
        """Whether a phrase of that table stands in the text."""
        return table in self.found


def understand(protocol: Protocol, text: str, question: str | None, language: str) -> Heard:
    """What a text means while `question` stands open (a question or check-in id; None: no encounter).

    A language that the protocol lacks falls back to its first one, such a question to none. Never raises."""
    texts = protocol.languages.get(language) or next(iter(protocol.languages.values()))
    words = lexicon(texts)
    plain = text[:LONGEST].strip(MARKS).lower()
    if plain not in words.quick:
        return _listen(protocol, words, text, question)
    key = (protocol.hash, question, plain)
    heard = words.seen.get(key)
    if heard is None:  # a closed vocabulary: what is kept cannot grow with what people send
        heard = words.seen[key] = _listen(protocol, words, text, question)
    return heard


def report(heard: Heard) -> dict[str, Any]:
    """What `hotline understand` prints of it: reading, value, signs."""
    signs = set(heard.signs)
    if heard.reading == "emergency_statement":
        signs |= set(heard.doubts)
    if heard.kind is Kind.self_harm:
        signs.add("self_harm")
    shown = list(heard.shown) if isinstance(heard.shown, tuple) else heard.shown
    return {"reading": heard.reading, "value": shown, "signs": sorted(signs)}


def _listen(protocol: Protocol, words: Lexicon, text: str, question: str | None) -> Heard:
    said = _said(protocol, words, text, question)
    if not said.tokens:
        return Heard(Kind.media) if not text.strip() else Heard(Kind.unclear)
    if _quoted(said):
        return Heard(Kind.unclear, why=tuple(said.tokens[:2]))
    heard = _safety(said) or _asked_for(said) or _doubtful(said) or _keyword(said) or _answer(said)
    return replace(
        heard,
        signs=heard.signs or tuple(sorted(said.signs.told)),
        doubts=said.signs.doubts,
        opt_out=said.opt_out and heard.kind is not Kind.opt_out,
        start=heard.start or said.start,
        why=heard.why or said.why,
    )


def _said(protocol: Protocol, words: Lexicon, text: str, question: str | None) -> Said:
    tokens = words.tokens(text)
    matches = words.find(tokens, question or "")
    found: dict[str, list[Match]] = {}
    for match in matches:
        found.setdefault(match.table, []).append(match)
    takes = protocol.question(question) if question and question in protocol.places else None
    checkin = protocol.programme.checkins.get(question or "")
    keys = tuple(choice.key for choice in takes.choices) if takes else ()
    keys = tuple(checkin.choices) if checkin else keys
    if takes is None and checkin is None:
        question = None
    reply = words.reply(tokens)
    signs = Judge(words, tokens, matches).signs()
    said = Said(protocol, words, question, takes, keys, tokens, found, signs, reply)
    said.opt_out = _opts_out(said)
    said.start = bool(reply and reply[0] in ("opt_in", "start"))
    said.why = tuple(_words_of(tokens, matches))
    return said


def _words_of(tokens: Sequence[str], matches: Sequence[Match]) -> list[str]:
    told = [match for match in matches if match.table in ("sign", "choice", "yes", "no", "unsure", *OPTS_OUT)]
    return [" ".join(tokens[place] for place in match.places) for match in told[:6]]


def _quoted(said: Said) -> bool:
    """A phone's "Liked ..." repeats our words: nothing of it was said by the person."""
    first = " ".join(said.tokens[:2])
    opened = [place for place, token in enumerate(said.tokens[:4]) if token in "\"“«”"]
    quotes = said.words.sets["quotes"]
    return bool(opened) and (said.tokens[0] in quotes or first in quotes)


def _opts_out(said: Said) -> bool:
    """An opt-out: the whole reply, a whole clause of it, or a plain request anywhere; traps taken out."""
    if said.reply and said.reply[0] == "opt_out":
        return True
    traps = {place for match in said.found.get("opt_out_traps", ()) for place in match.places}
    if any(not traps & set(match.places) for match in said.found.get("opt_out_said", ())):
        return True
    if any(token in HARD or token == "," for token in said.tokens):
        return any((said.words.reply(clause) or ("",))[0] == "opt_out" for clause in _clauses(said.tokens))
    return False


def _clauses(tokens: Sequence[str]) -> list[list[str]]:
    clauses: list[list[str]] = [[]]
    for token in tokens:
        if token in HARD or token == ",":
            clauses.append([])
        else:
            clauses[-1].append(token)
    return [clause for clause in clauses if clause]


def _safety(said: Said) -> Heard | None:
    """What outranks everything: self-harm, a sign plainly told, poison, an opt-out."""
    shown = _beside(said)
    if said.signs.self_harm:
        return Heard(Kind.self_harm, reading="self_harm", shown=shown)
    if said.signs.told:
        return Heard(Kind.danger, reading="emergency_statement", shown=shown)
    if said.has("poison"):
        return Heard(Kind.poison, reading="emergency_statement")
    if said.has("wrong_number"):
        return Heard(Kind.wrong_number, reading="optout")
    return Heard(Kind.opt_out, reading="optout") if said.opt_out else None


def _asked_for(said: Said) -> Heard | None:
    """Help, a person, another language."""
    table, name = said.reply or ("", "")
    if table == "help":
        return Heard(Kind.help, reading="help")
    if said.has("abuse"):
        return Heard(Kind.abuse, reading="help")
    if table == "person" or said.has("person_said"):
        return Heard(Kind.person, reading="help")
    if table == "language":
        return _word(said, Heard(Kind.language, name), name.upper())
    return None


def _doubtful(said: Said) -> Heard | None:
    """A sign that is hedged, past or another's: asked again, unless a yes beside it raises by itself."""
    signs = said.signs
    if signs.hedged:
        plain_yes = said.takes is not None and _is_yes(said) and _owns(said.takes, signs.hedged)
        return None if plain_yes else Heard(Kind.doubt, reading="emergency_statement", shown=_beside(said))
    if not signs.remote:
        return None
    if said.takes is not None and said.takes.kind is Takes.number:
        return None
    return Heard(Kind.doubt, reading="unsure")


def _keyword(said: Said) -> Heard | None:
    table, _ = said.reply or ("", "")
    words = [token for token in said.tokens if token[0].isalnum()]
    if len(words) == 2 and words[0] == "a" and words[1] in CODES:
        return Heard(Kind.code, f"A{words[1]}")
    if table == "start" and said.question is not None:
        return Heard(Kind.unclear, start=True)
    if table in KEYWORDS and not _answers_checkin(said, table):
        kind = KEYWORDS[table]
        value = True if table == "call_no_message" else None
        return _word(said, Heard(kind, value), SHOWN.get(kind))
    if said.has("for_other") and not _digits(said):
        return Heard(Kind.for_other)
    return None


def _answers_checkin(said: Said, table: str) -> bool:
    return table in ("same", "new") and said.has("choice")


def _digits(said: Said) -> list[str]:
    return [token for token in said.tokens if token[0].isdigit()]


def _word(said: Said, heard: Heard, shown: str | None) -> Heard:
    """A keyword reads as a choice where it is offered: outside the questions."""
    if shown is None or said.question is not None:
        return heard
    return replace(heard, reading="menu_choice", shown=shown)


def _beside(said: Said) -> int | None:
    """The number or choice that was written beside something that outranks it."""
    if said.takes is not None and said.takes.kind is Takes.number:
        return score_of(said.words, said.tokens, said.takes.low, said.takes.high)
    if said.keys and not (said.takes is not None and said.takes.kind is Takes.list):
        digits = choice_digits(said.words, said.tokens)
        return digits[0] if len(digits) == 1 and digits[0] in said.keys else None
    return None


def _owns(question: Question, facts: Mapping[str, Match]) -> bool:
    own = {test.fact for tests in question.yes_when for test in tests}
    own |= {test.fact for choice in question.choices for tests in choice.true_when for test in tests}
    return bool(own & set(facts))


def _answer(said: Said) -> Heard:
    if said.question is None:
        return _free(said)
    if said.takes is None:
        return _choice(said)
    if said.takes.kind is Takes.yes_no:
        return _relief(said) if said.takes.safe_answer == YES else _yes_no(said)
    if said.takes.kind is Takes.number:
        return _number(said, said.takes)
    return _list(said) if said.takes.kind is Takes.list else _choice(said)


def _free(said: Said) -> Heard:
    """No encounter is open: any text begins one; only the plainest words are read."""
    if _is_no(said) and not _is_yes(said):
        return Heard(Kind.unclear, reading="no")
    if _is_yes(said) and not said.has("no") and not _rest(said):
        return Heard(Kind.unclear, reading="yes")
    if said.has("unsure") and not _rest(said):
        return Heard(Kind.unclear, reading="unsure")
    return Heard(Kind.unclear)


def _covered(said: Said, *tables: str) -> set[int]:
    return {place for table in tables for match in said.found.get(table, ()) for place in match.places}


def _is_yes(said: Said) -> bool:
    """A word of yes that is no part of a longer "no" or "not sure"."""
    longer = _longest(said)
    return any(longer.get(match.first) == match for match in said.found.get("yes", ()))


def _said_no(said: Said) -> bool:
    longer = _longest(said)
    denied = said.signs.deniers
    return any(longer.get(no.first) == no and no.first not in denied for no in said.found.get("no", ()))


def _longest(said: Said) -> dict[int, Match]:
    """The answer words that stand for themselves: of overlapping phrases the longest, by its first word."""
    spans = [match for table in ("yes", "no", "unsure", "assent") for match in said.found.get(table, ())]
    spans.sort(key=lambda match: (-len(match.places), match.first))
    taken: set[int] = set()
    chosen: dict[int, Match] = {}
    for match in spans:
        if not taken & set(match.places):
            taken.update(match.places)
            chosen[match.first] = match
    return chosen


def _is_no(said: Said) -> bool:
    """A plain no: said, or every sign of the question denied; and nothing beside it that could be a sign."""
    denied = said.takes is not None and _owns(said.takes, said.signs.denied)
    return (_said_no(said) or denied) and not _rest(said)


def _rest(said: Said) -> list[str]:
    """Words that neither answer nor fill: one of them makes a "no" unsure of itself."""
    covered = _covered(said, "yes", "no", "unsure", "assent", "negations") | said.signs.covered
    filler, lists, turns = said.words.sets["filler"], said.words.sets["lists"], said.words.sets["turns"]
    return [
        token
        for place, token in enumerate(said.tokens)
        if place not in covered
        and (token[0].isalnum() or token == "?")
        and (token not in filler and token not in lists or token in turns)
    ]


def _yes_no(said: Said) -> Heard:
    chosen = {match.table for match in _longest(said).values() if match.first not in said.signs.deniers}
    denied = said.takes is not None and _owns(said.takes, said.signs.denied)
    if "yes" in chosen and ("no" in chosen or denied):
        return Heard(Kind.unclear)
    if "unsure" in chosen or said.has("hedges"):
        return Heard(Kind.unsure, reading="unsure")
    if "yes" in chosen:
        return Heard(Kind.answer, YES, reading="yes")
    if said.has("past") or said.has("supposed"):
        return Heard(Kind.unsure, reading="unsure")
    if _is_no(said):
        return Heard(Kind.answer, NO, reading="no")
    if "assent" in chosen and "no" not in chosen and not _rest(said):
        return Heard(Kind.unsure, reading="unsure")
    return Heard(Kind.unclear)


def _relief(said: Said) -> Heard:
    """The one question whose yes is the safe answer: only a yes with nothing beside it is one."""
    chosen = {match.table for match in _longest(said).values()}
    turned = any(token in said.words.sets["turns"] for token in said.tokens)
    if "no" in chosen and "yes" in chosen and not turned:
        return Heard(Kind.unclear)
    if "yes" in chosen and not _rest(said) and chosen == {"yes"} and not said.has("hedges"):
        return Heard(Kind.answer, YES, reading="yes")
    if "no" in chosen or ("yes" in chosen and turned):
        return Heard(Kind.answer, NO, reading="no")
    if "assent" in chosen and not _rest(said):
        return Heard(Kind.answer, NO, reading="no")
    if chosen & {"unsure", "yes"}:
        return Heard(Kind.unsure, reading="unsure")
    return Heard(Kind.unclear)


def _number(said: Said, question: Question) -> Heard:
    read = age_of if question.fact == "age" else score_of
    number = read(said.words, said.tokens, question.low, question.high)
    if number is not None:
        return Heard(Kind.answer, number, reading="number", shown=number)
    if any(match.table == "unsure" for match in _longest(said).values()) and not _digits(said):
        return Heard(Kind.unsure, reading="unsure")
    return Heard(Kind.unclear)


def _choice(said: Said) -> Heard:
    """A menu: its digit, its own words, a duration; two answers are none."""
    named = _named(said)
    if named is None and said.takes is not None and said.takes.id == "time":
        days = days_of(said.words, said.tokens)
        named = _bout(days) if days is not None else None
    digits = choice_digits(said.words, said.tokens)
    if named is not None and (not digits or digits == [named] or _covered_digits(said)):
        return _chosen(named)
    if named is None and len(digits) == 1 and digits[0] in said.keys and not said.has("no"):
        return _chosen(digits[0])
    if digits or named is not None:
        return Heard(Kind.unclear, keep=_kept(said, digits))
    if any(match.table == "unsure" for match in _longest(said).values()) or said.has("hedges"):
        return Heard(Kind.unsure, reading="unsure")
    return Heard(Kind.unclear)


def _bout(days: int) -> int:
    return 1 if days <= 3 else 2 if days <= 7 else 4


def _covered_digits(said: Said) -> bool:
    covered = _covered(said, "choice")
    return all(place in covered for place, token in enumerate(said.tokens) if token[0].isdigit())


def _named(said: Said) -> int | None:
    """The one choice whose words were used: the longest phrase, then no other beside it."""
    spans = sorted(said.found.get("choice", ()), key=lambda match: (-len(match.places), match.first))
    taken: set[int] = set()
    names: set[str] = set()
    for match in spans:
        if not taken & set(match.places):
            taken.update(match.places)
            names.add(match.name)
    if len(names) != 1:
        return None
    key = int(names.pop())
    if key == min(said.keys, default=0) and _rest_of_choice(said, taken):
        return None
    return key


def _rest_of_choice(said: Said, taken: set[int]) -> bool:
    """Whether something beside the best choice could be a sign: then it is no plain one."""
    filler = said.words.sets["filler"] | said.words.filler_at.get(said.question or "", frozenset())
    covered = taken | _covered(said, "no", "negations") | said.signs.covered
    turned = said.words.sets["turns"]
    words = [t for place, t in enumerate(said.tokens) if place not in covered and t[0].isalnum()]
    return said.has("hedges") or any(word in turned or word not in filler for word in words)


def _chosen(key: int) -> Heard:
    return Heard(Kind.answer, 1 << key, reading="menu_choice", shown=key)


def _kept(said: Said, digits: Sequence[int]) -> int:
    """The mask of what was told beside something not understood, where one of the choices is "none"."""
    question = said.takes
    if question is None:
        return 0
    if question.kind is Takes.menu and all(choice.true_when for choice in question.choices):
        return 0
    bad = {choice.key for choice in question.choices if choice.true_when}
    return sum(1 << key for key in set(digits) & bad)


def _list(said: Said) -> Heard:
    keys, whole = list_digits(said.words, said.tokens, said.keys)
    refused = _said_no(said) or bool(said.signs.denied)
    if keys and whole and not refused:
        chosen = tuple(sorted(set(keys)))
        return Heard(Kind.answer, sum(1 << key for key in chosen), reading="menu_choice", shown=chosen)
    if keys or not whole:
        return Heard(Kind.unclear, keep=_kept(said, keys))
    if 0 in list_zero(said.tokens) or (refused and not _rest(said) and not _is_yes(said)):
        return Heard(Kind.answer, NONE, reading="menu_choice", shown=())
    if any(match.table == "unsure" for match in _longest(said).values()):
        return Heard(Kind.unsure, reading="unsure")
    return Heard(Kind.unclear)


def list_zero(tokens: Sequence[str]) -> set[int]:
    """{0} where the reply is a nought and nothing else."""
    words = [token for token in tokens if token[0].isalnum()]
    return {0} if words and all(set(word) == {"0"} for word in words) else set()
