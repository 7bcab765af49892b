"""The answer that a text gives to the question that stands open, once the safety words are out of the way.

A "no" is plain only where nothing beside it could be a sign; two answers at once are none. May not: know a
word of any language (`lexicon.py`), or hear what outranks an answer (`answers.py`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from flows.heard import Heard, Kind
from flows.lexicon import Lexicon, Match
from flows.numbers import age_of, choice_digits, days_of, is_number, list_digits, score_of
from flows.protocol import NO, NONE, YES, Protocol, Question, Test
from flows.protocol import Kind as Takes
from flows.signs import Signs
from flows.tokens import HARD, SOFT

DURATION, EASING = "duration_days", "improving"
ANSWERS = ("yes", "no", "unsure", "assent")


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


def digits(said: Said) -> list[str]:
    """The numbers written in digits."""
    return [token for token in said.tokens if token[0].isdigit()]


def beside(said: Said) -> int | None:
    """The number or choice that was written beside something that outranks it."""
    if said.takes is not None and said.takes.kind is Takes.number:
        return score_of(said.words, said.tokens, said.takes.low, said.takes.high)
    if said.keys and not (said.takes is not None and said.takes.kind is Takes.list):
        digits = choice_digits(said.words, said.tokens)
        return digits[0] if len(digits) == 1 and digits[0] in said.keys else None
    return None


def owns(question: Question, facts: Mapping[str, Match]) -> bool:
    """Whether one of these facts is what the question asks about."""
    own = {test.fact for tests in question.yes_when for test in tests}
    own |= {test.fact for choice in question.choices for tests in choice.true_when for test in tests}
    return bool(own & set(facts))


def answer(said: Said) -> Heard:
    """What the text answers to the question that stands open; unclear where it is no plain answer."""
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
    if _is_no(said) and not is_yes(said):
        return Heard(Kind.unclear, reading="no")
    if is_yes(said) and not said.has("no") and not _rest(said):
        return Heard(Kind.unclear, reading="yes")
    if said.has("unsure") and not _rest(said):
        return Heard(Kind.unclear, reading="unsure")
    return Heard(Kind.unclear)


def _covered(said: Said, *tables: str) -> set[int]:
    return {place for table in tables for match in said.found.get(table, ()) for place in match.places}


def is_yes(said: Said) -> bool:
    """A word of yes that is no part of a longer "no" or "not sure"."""
    return any(means(match) == "yes" for match in longest(said).values())


def _is_unsure(said: Said) -> bool:
    return any(means(match) == "unsure" for match in longest(said).values())


def _said_no(said: Said) -> bool:
    chosen = longest(said).values()
    return any(means(match) == "no" and match.first not in said.signs.deniers for match in chosen)


def means(match: Match) -> str:
    """The answer of a phrase: its table, or its name where it answers only when nothing follows it."""
    return match.name if match.table == "alone" else match.table


def longest(said: Said) -> dict[int, Match]:
    """The answer words that stand for themselves: of overlapping phrases the longest, by its first word."""
    spans = [match for table in ANSWERS for match in said.found.get(table, ())]
    spans += [match for match in said.found.get("alone", ()) if _ends_clause(said.tokens, match)]
    spans.sort(key=lambda match: (-len(match.places), match.first))
    taken: set[int] = set()
    chosen: dict[int, Match] = {}
    for match in spans:
        if not taken & set(match.places):
            taken.update(match.places)
            chosen[match.first] = match
    return chosen


def _ends_clause(tokens: Sequence[str], match: Match) -> bool:
    """ "I do" answers; "I do feel it" says more."""
    following = tokens[match.last + 1 : match.last + 2]
    return not following or following[0] in HARD or following[0] == SOFT or not following[0][0].isalnum()


def _is_no(said: Said) -> bool:
    """A plain no: said, or every sign of the question denied; and nothing beside it that could be a sign."""
    denied = said.takes is not None and owns(said.takes, said.signs.denied)
    return (_said_no(said) or denied) and not _rest(said) and not _asserts(said)


def _asserts(said: Said) -> bool:
    """Whether something is affirmed behind the "no" ("no i had that today") or stressed ("never like it")."""
    if said.has("stressed"):
        return True
    deniers = said.words.sets["deniers"] | said.words.sets["bare"]
    found = [match for table in ("no", "alone", "negations") for match in said.found.get(table, ())]
    answers = [match for match in found if len(match.places) > 1 and means(match) != "yes"]
    inside = {place for match in answers for place in match.places}
    for match in said.found.get("asserted", ()):
        before, after = said.tokens[: match.first][-1:], said.tokens[match.last + 1 :][:1]
        negated = bool(before) and before[0] in deniers and before[0] not in said.words.sets["bare"]
        if not (negated or inside & set(match.places) or (after and after[0] in deniers)):
            return True
    return False


def _rest(said: Said) -> list[str]:
    """Words that neither answer nor fill: one of them makes a "no" unsure of itself."""
    covered = _covered(said, *ANSWERS, "alone", "negations") | said.signs.covered
    lists, turns = said.words.sets["lists"], said.words.sets["turns"]
    words = [token for token in said.tokens if token[0].isalnum()]
    if words and words[-1] in said.words.sets["narrows"]:  # "no just": cut off before what counts
        turns |= {words[-1]}
    filler = said.words.sets["filler"] | said.words.filler_at.get(said.question or "", frozenset())
    return [
        token
        for place, token in enumerate(said.tokens)
        if place not in covered
        and (token[0].isalnum() or token == "?")
        and (token not in filler and token not in lists or token in turns)
    ]


def _yes_no(said: Said) -> Heard:
    chosen = {means(match) for match in longest(said).values() if match.first not in said.signs.deniers}
    denied = said.takes is not None and owns(said.takes, said.signs.denied)
    if "yes" in chosen and ("no" in chosen or denied):
        return Heard(Kind.unclear)
    if "yes" in chosen:  # "yes, a bit" is a yes
        return Heard(Kind.answer, YES, reading="yes")
    if "unsure" in chosen or said.has("hedges"):
        return Heard(Kind.unsure, reading="unsure")
    if said.has("past") or said.has("supposed"):
        return Heard(Kind.unsure, reading="unsure")
    if _is_no(said):
        return Heard(Kind.answer, NO, reading="no")
    if "assent" in chosen and "no" not in chosen and not _rest(said):
        return Heard(Kind.unsure, reading="unsure")
    return Heard(Kind.unclear)


def _relief(said: Said) -> Heard:
    """The one question whose yes is the safe answer: only a yes with nothing beside it is one."""
    chosen = {means(match) for match in longest(said).values()}
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
    if _is_unsure(said) and not digits(said):
        return Heard(Kind.unsure, reading="unsure")
    return Heard(Kind.unclear)


def _choice(said: Said) -> Heard:
    """A menu: its digit, its own words, a duration; two answers are none."""
    named = _named(said)
    if named is None and said.takes is not None and _asks_days(said.takes):
        days = days_of(said.words, said.tokens)
        if days:
            bouts = {_bout(said.takes, told, _eases(said)) for told in days}
            return _chosen(bouts.pop()) if len(bouts) == 1 else Heard(Kind.unclear)
    digits = choice_digits(said.words, said.tokens)
    if named is not None and (not digits or digits == [named] or _covered_digits(said)):
        return _chosen(named)
    if named is None and len(digits) == 1 and digits[0] in said.keys and _plain_digit(said, digits[0]):
        return _chosen(digits[0])
    if digits or named is not None:
        return Heard(Kind.unclear, keep=_kept(said, digits))
    if _is_unsure(said) or said.has("hedges"):
        return Heard(Kind.unsure, reading="unsure")
    return Heard(Kind.unclear)


def _plain_digit(said: Said, key: int) -> bool:
    """The best choice is a digit with nothing beside it that could be a sign ("just one" may be one leg); a
    worse one, without a "no" or a word that may be a slip ("2 wjs"); of times, with nothing beside it."""
    if said.takes is not None and _asks_days(said.takes):
        return not _rest_of_choice(said, _numbers(said))
    if key != min(said.keys):
        return not said.has("no") and not _strange_beside(said)
    written = {place for place in _numbers(said) if said.tokens[place][0].isdigit()}
    return bool(written) and not _rest_of_choice(said, written)


def _numbers(said: Said) -> set[int]:
    return {place for place, token in enumerate(said.tokens) if is_number(said.words, token)}


def _strange_beside(said: Said) -> bool:
    """Whether a word that no table knows stands right beside a number."""
    beside = {place + step for place in _numbers(said) for step in (-1, 1)} & set(range(len(said.tokens)))
    words = (said.tokens[place] for place in beside if said.tokens[place].isalpha())
    return any(word not in said.words.spelling.words for word in words)


def _asks_days(question: Question) -> bool:
    return any(
        test.fact == DURATION for choice in question.choices for tests in choice.true_when for test in tests
    )


def _eases(said: Said) -> bool:
    """Whether the pain was plainly said to ease: a "no" or a doubt beside it makes it no such thing."""
    turned = any(token in said.words.sets["turns"] for token in said.tokens[-2:])
    return (
        said.has("better") and not turned and not any(map(said.has, ("negations", "hedges", "no", "unsure")))
    )


def _bout(question: Question, days: int, eases: bool) -> int:
    """The last choice whose limits these days are within: of two that differ by more, the worse one, unless
    the pain eases."""
    within = {
        choice.key: tests for choice in question.choices for tests in choice.true_when if _holds(tests, days)
    }
    easing = within.keys() & _easing(question)
    if eases and easing:
        return max(easing)
    return max(within, default=min(choice.key for choice in question.choices))


def _holds(tests: Sequence[Test], days: int) -> bool:
    limits = {test.op: int(test.value) for test in tests if test.fact == DURATION}
    return limits.get("above", -1) < days <= limits.get("at_most", days) and days >= limits.get("at_least", 0)


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
            if not set(match.places) <= said.signs.covered:
                names.add(match.name)
            if _turned_round(said, match):
                return None
    if len(names) != 1:
        return None
    key = int(names.pop())
    if key == min(said.keys, default=0) and (_rest_of_choice(said, taken) or _undone(said, taken)):
        return None
    if key in _easing(said.takes) and said.has("hedges"):  # "better at night only"
        return None
    return key


def _easing(question: Question | None) -> set[int]:
    """The choices that are true only of somebody whose pain eases."""
    choices = question.choices if question else ()
    return {
        c.key for c in choices for tests in c.true_when for t in tests if t.fact == EASING and t.value is True
    }


def _undone(said: Said, taken: set[int]) -> bool:
    """Whether a "no" stands beside the words of the best choice, before or behind ("better? no"). A "no" that
    begins the text, or one of the choice's own words ("no trouble"), undoes nothing."""
    deniers = said.words.sets["deniers"] | said.words.sets["bare"]
    if any(said.tokens[place] in deniers for place in taken):
        return False
    left = {place for place, token in enumerate(said.tokens) if token in deniers} - taken - said.signs.covered
    begins = 0 in left and 1 not in taken and said.tokens[0] in said.words.sets["bare"]
    return bool(left - {0} if begins else left)


def _turned_round(said: Said, match: Match) -> bool:
    """ "Not great", "no worse": a choice's words with a "no" right before them are another answer."""
    for denial in said.found.get("negations", ()):
        gap = match.first - denial.last - 1
        bare = len(denial.places) == 1 and said.tokens[denial.first] in said.words.sets["bare"]
        if denial.first < match.first and 0 <= gap <= (0 if bare else 1):
            between = said.tokens[denial.last + 1 : match.first]
            if SOFT not in between and not (bare and match.name == str(min(said.keys, default=0))):
                return True
    return False


def _rest_of_choice(said: Said, taken: set[int]) -> bool:
    """Whether something beside the best choice could be a sign: then it is no plain one."""
    filler = said.words.sets["filler"] | said.words.filler_at.get(said.question or "", frozenset())
    covered = taken | _covered(said, "no", "negations") | said.signs.covered
    turned = said.words.sets["turns"]
    words = [
        t for place, t in enumerate(said.tokens) if place not in covered and (t[0].isalnum() or t == "?")
    ]
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
    refused = _said_no(said)
    if keys and whole and not refused and not said.has("negations") and not said.signs.denied:
        chosen = tuple(sorted(set(keys)))
        return Heard(Kind.answer, sum(1 << key for key in chosen), reading="menu_choice", shown=chosen)
    if keys or not whole:
        return Heard(Kind.unclear, keep=_kept(said, keys))
    nought = choice_digits(said.words, said.tokens) == [0] and len(_rest(said)) <= 1
    if nought or (refused and not _rest(said) and not is_yes(said)):
        return Heard(Kind.answer, NONE, reading="menu_choice", shown=())
    if _is_unsure(said):
        return Heard(Kind.unsure, reading="unsure")
    return Heard(Kind.unclear)
