"""What a text means: the safety words of every state first, then the answer to the question that stands open.

Precedence for the reply: self-harm, danger, poison, opt-out, help or a person, language, a doubt, keywords,
the answer (`replies.py`). Everything heard takes effect: `signs`, `doubts` and `opt_out` are filled whatever
the kind. May not: know a word of any language (`lexicon.py`), or raise on any text."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from flows.heard import Heard, Kind
from flows.lexicon import DANGER, Lexicon, Match, lexicon
from flows.numbers import choice_digits, is_number, values
from flows.protocol import YES, Protocol, Question
from flows.protocol import Kind as Takes
from flows.replies import Said, answer, beside, digits, is_yes, owns
from flows.rules import sign_answers, signs_in, signs_of_question
from flows.session import Session, Stage
from flows.signs import Judge
from flows.tokens import HARD, LONGEST

KEYWORDS = {
    "back": Kind.back, "new": Kind.new, "same": Kind.same, "go": Kind.go, "join": Kind.join,
    "start": Kind.start, "advice": Kind.advice, "more": Kind.more, "call": Kind.call,
    "call_no_message": Kind.call,
    "text_only": Kind.text_only, "thanks": Kind.thanks, "private": Kind.private, "private_off": Kind.private,
}  # fmt: skip
VALUES = {"call_no_message": True, "private": True, "private_off": False}
SHOWN = {Kind.back: "BACK", Kind.join: "JOIN", Kind.start: "START"}
CODES = frozenset(str(number) for number in range(1, 21))
DIGITS = range(10)
TWO = 2
MARKS = " .!\t\n"  # what may stand around a plain answer
MOST_WORDS = 6  # phrases that `--explain` shows
READ_BY = frozenset(
    {"sign", "choice", "yes", "no", "unsure", "alone", "assent", "hedges", "past", "supposed", "gone",
     "stressed", "better", "opt_out_said", "person_said", "wrong_number", "poison", "abuse", "for_other",
     "automatic"}
)  # fmt: skip


ANSWERS = (Kind.answer, Kind.unclear, Kind.code)  # beside all else an answer may be told too


def understand(
    protocol: Protocol, text: str, question: str | None, language: str, *, aloud: bool = False
) -> Heard:
    """What a text means while `question` stands open (a question or check-in id; None: no encounter).
    aloud: it was said on the phone, where no machine replies for a person.

    A language that the protocol lacks falls back to its first one, such a question to none. Never raises."""
    words = _lexicon_of(protocol, language)
    plain = _plain(text)
    if plain not in words.quick:
        return _listen(protocol, words, text, question, aloud)
    seen = _seen(protocol, words)
    heard = seen.get((question, plain))
    if heard is None:  # a closed vocabulary: what is kept cannot grow with what people send
        heard = seen[question, plain] = _listen(protocol, words, text, question, aloud)
    return heard


def is_plain(protocol: Protocol, text: str, language: str) -> bool:
    """Whether a text is one of the plain replies of that language, whole."""
    return _plain(text) in _lexicon_of(protocol, language).quick


def _plain(text: str) -> str:
    return text[:LONGEST].strip(MARKS).lower()


def _lexicon_of(protocol: Protocol, language: str) -> Lexicon:
    """The words of that language; of the first one where the protocol lacks it."""
    return lexicon(protocol.languages.get(language) or next(iter(protocol.languages.values())))


def _seen(protocol: Protocol, words: Lexicon) -> dict[tuple[str | None, str], Heard]:
    """The plain replies read before, for this very protocol: a changed copy of it may keep its hash."""
    kept = words.seen.get(id(protocol))
    if kept is None or kept[0] is not protocol:
        words.seen.clear()
        kept = words.seen[id(protocol)] = (protocol, {})
    return kept[1]


def is_bare_no(protocol: Protocol, text: str, language: str) -> bool:
    """Whether a text is a "no" in so many words ("no", "no no"), with nothing at all beside it."""
    words = _lexicon_of(protocol, language)
    said = [token for token in words.tokens(text) if token[0].isalnum()]
    return bool(said) and all(token in words.sets["bare"] for token in said)


def without_no(protocol: Protocol, text: str, language: str) -> str:
    """The text behind its first "no": at "is that right?" what follows it is told instead."""
    words = _lexicon_of(protocol, language)
    return " ".join(itertools.dropwhile(lambda token: token in words.sets["bare"], words.tokens(text)))


def digit_alone(protocol: Protocol, text: str, language: str) -> str:
    """The digit that is all of a text, as a figure or a word ("nine", "press nine please", "el uno"): it may
    name a key; else "". A two with a word before it names none: "las dos" are both."""
    words = _lexicon_of(protocol, language)
    told = [t for t in words.tokens(text) if t[0].isalnum() and t not in words.sets["pressed"]]
    numbers = [place for place, token in enumerate(told) if is_number(words, token)]
    if len(numbers) != 1 or any(t not in words.sets["polite"] for t in told if not is_number(words, t)):
        return ""
    value = next(iter(values(words, told)))[0]
    counted = value == TWO and numbers != [0]
    return str(int(value)) if value in DIGITS and not counted else ""


def numbered(protocol: Protocol, text: str, language: str) -> int:
    """The choices that the numbers in a text would name in that language, whatever they count: a mask."""
    words = _lexicon_of(protocol, language)
    told = {int(value) for value, _, _ in values(words, words.tokens(text)) if value in DIGITS}
    return sum(1 << key for key in told)


def is_by_machine(protocol: Protocol, text: str, language: str) -> bool:
    """Whether a phone wrote this text, by the words of that language: the person said nothing of it."""
    said = _said(protocol, _lexicon_of(protocol, language), text, None)
    return bool(said.tokens) and (_quoted(said) or _automatic(said))


def names_texts(protocol: Protocol, text: str, language: str) -> bool:
    """Whether a text is an opt-out that says what shall end ("stop texting me"): "stop" alone, or "I want
    out", may be said to a pain."""
    words = _lexicon_of(protocol, language)
    said = _said(protocol, words, text, None)
    return said.opt_out and any(token in words.sets["messages"] for token in said.tokens)


def report(heard: Heard) -> dict[str, Any]:
    """What `hotline understand` prints of it: reading, value, signs."""
    signs = set(heard.signs)
    if heard.reading == "emergency_statement":
        signs |= set(heard.doubts)
    if heard.kind is Kind.self_harm:
        signs.add("self_harm")
    shown = list(heard.shown) if isinstance(heard.shown, tuple) else heard.shown
    return {"reading": heard.reading, "value": shown, "signs": sorted(signs)}


def takes_back(protocol: Protocol, session: Session, text: str) -> tuple[str, ...]:
    """A sign of the question before where this says that the answer to it was meant for a yes, beside
    whatever else ("I meant yes, and two")."""
    before = _may_be_corrected(protocol, session)
    said = (_said(protocol, lexicon(words), text, None) for words in protocol.languages.values())
    if before is None or not any(one.has("corrected") for one in said):
        return ()
    return signs_of_question(protocol, before)[:1]


def corrects(protocol: Protocol, session: Session, text: str, *, aloud: bool = False) -> bool:
    """Whether this says yes, in more than that one word, where only the question before takes a yes."""
    before = _may_be_corrected(protocol, session)
    if before is None or len(text.split()) < 2:
        return False
    meant = understand(protocol, text, before.id, session.language, aloud=aloud)
    return meant.kind is Kind.answer and meant.value == YES


def _may_be_corrected(protocol: Protocol, session: Session) -> Question | None:
    """The question before, where it was answered and takes a yes that is no safe answer, and the open one
    takes none."""
    if session.stage is not Stage.asking or session.before < 0 or session.answers[session.before] < 0:
        return None
    asked, before = protocol.questions[session.asked], protocol.questions[session.before]
    takes = asked.kind is not Takes.yes_no and before.kind is Takes.yes_no and before.safe_answer != YES
    return before if takes else None


def _listen(protocol: Protocol, words: Lexicon, text: str, question: str | None, aloud: bool) -> Heard:
    said = _said(protocol, words, text, question)
    if not said.tokens:
        return Heard(Kind.media) if not text.strip() else Heard(Kind.unclear)
    if _quoted(said):
        return Heard(Kind.unclear, why=tuple(said.tokens[:2]))
    if not aloud and _automatic(said):
        return Heard(Kind.unclear, why=said.why)
    heard = _safety(said) or _asked_for(said) or _doubtful(said) or _keyword(said) or answer(said)
    return replace(
        heard,
        signs=heard.signs or tuple(sorted(said.signs.told)),
        doubts=said.signs.doubts,
        denied=tuple(said.signs.denied),
        opt_out=said.opt_out and heard.kind is not Kind.opt_out,
        poison=said.has("poison") and heard.kind is not Kind.poison,
        start=heard.start or said.start,
        keep=heard.keep or (0 if heard.kind in ANSWERS else _answered_too(said)),
        why=heard.why or said.why,
    )


def _answered_too(said: Said) -> int:
    """The signs of the open question told as its answer beside something that outranks it, without those told
    by name: a mask."""
    if said.takes is None or said.takes.kind is Takes.number:
        return 0
    mask = answer(_without_wishes(said)).mask
    if said.takes.kind is Takes.menu:  # a number beside the words of another choice
        mask |= sum(1 << key for key in choice_digits(said.words, said.tokens) if key in said.keys)
    for sign in (*said.signs.told, *said.signs.doubts):
        mask &= ~sum(named for question, named in sign_answers(said.protocol, sign) if question is said.takes)
    return signs_in(said.takes, mask)


def _without_wishes(said: Said) -> Said:
    """The same without the words of an opt-out: the "no" of "yes, no more texts" denies nothing."""
    wished = {place for match in said.found.get("opt_out_said", ()) for place in match.places}
    if not wished:
        return said
    others = {
        table: [match for match in matches if not wished & set(match.places)]
        for table, matches in said.found.items()
    }
    return replace(said, found={table: matches for table, matches in others.items() if matches})


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
    said.why = tuple(_words_of(said, matches))
    return said


def _words_of(said: Said, matches: Sequence[Match]) -> list[str]:
    """The words that led to the reading, in the order told: of phrases that share a word the longest."""
    spans = [match.places for match in matches if match.table in READ_BY]
    spans += list(_numbers(said))
    others = said.words.sets["others"] if said.signs.remote else frozenset()
    spans += [(place,) for place, token in enumerate(said.tokens) if token in others]
    if not spans and said.reply:
        spans = [tuple(place for place, token in enumerate(said.tokens) if token[0].isalnum())]
    spans.sort(key=lambda places: -len(places))
    taken: set[int] = set()
    chosen = []
    for places in spans:
        if not taken & set(places):
            taken.update(places)
            chosen.append(places)
    return [" ".join(said.tokens[place] for place in places) for places in sorted(chosen)[:MOST_WORDS]]


def _numbers(said: Said) -> Iterator[tuple[int, ...]]:
    """The places of each number, with its unit, and of each word that is a time by itself."""
    for place, token in enumerate(said.tokens):
        if is_number(said.words, token):
            unit = said.tokens[place + 1 : place + 2]
            yield (place, place + 1) if unit and unit[0] in said.words.sets["units"] else (place,)
        elif token in said.words.durations:
            yield (place,)


def _quoted(said: Said) -> bool:
    """A phone's "Liked ..." repeats our words: nothing of it was said by the person."""
    first = " ".join(said.tokens[:2])
    opened = [place for place, token in enumerate(said.tokens[:4]) if token in '"“«”']
    quotes = said.words.sets["quotes"]
    return bool(opened) and (said.tokens[0] in quotes or first in quotes)


def _automatic(said: Said) -> bool:
    """A machine's reply ("I'm driving ... in an emergency call 911"); a sign that it names is a person's."""
    return said.has("automatic") and not said.signs.self_harm and set(said.signs.told) <= {DANGER}


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
    shown = beside(said)
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
        plain_yes = said.takes is not None and is_yes(said) and owns(said.takes, signs.hedged)
        return None if plain_yes else Heard(Kind.doubt, reading="emergency_statement", shown=beside(said))
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
        return _word(said, Heard(kind, VALUES.get(table)), SHOWN.get(kind))
    if said.has("for_other") and not digits(said):
        return Heard(Kind.for_other)
    return None


def _answers_checkin(said: Said, table: str) -> bool:
    return table in ("same", "new") and said.has("choice")


def _word(said: Said, heard: Heard, shown: str | None) -> Heard:
    """A keyword reads as a choice where it is offered: outside the questions."""
    if shown is None or said.question is not None:
        return heard
    return replace(heard, reading="menu_choice", shown=shown)
