"""Numbers in a reply: a score, an age, a choice, a list, a duration.

A number beside a unit is no score and no choice; of two scores the higher counts; two ages are none. May not:
know a word of any language (`lexicon.py`)."""

import math
from collections.abc import Iterator, Sequence

from flows.lexicon import Lexicon

HOURS_A_DAY = 24  # a unit under a day counts as hours
FRACTION = "⁄"  # what the sign of a half becomes


def values(words: Lexicon, tokens: Sequence[str]) -> Iterator[tuple[float, int, int]]:
    """Every number with its first and last place: digits, or words ("forty five")."""
    place = 0
    while place < len(tokens):
        told = _value(words, tokens[place])
        if told is None:
            place += 1
            continue
        last = place
        if told >= 20 and not tokens[place][0].isdigit():
            told, last = _tens(words, tokens, place, told)
        yield told, place, last
        place = last + 1


def _tens(words: Lexicon, tokens: Sequence[str], place: int, told: float) -> tuple[float, int]:
    after = place + 1
    if after < len(tokens) and (tokens[after] == "-" or tokens[after] in words.sets["joins"]):
        after += 1
    if after < len(tokens) and not tokens[after][0].isdigit():
        ones = words.numbers.get(tokens[after])
        if ones is not None and 0 < ones < 10:
            return told + ones, after
    return told, place


def _value(words: Lexicon, token: str) -> float | None:
    if token[0].isdigit():
        return float(token) if len(token) < 7 and token.isascii() else math.inf
    number = words.numbers.get(token)
    return None if number is None else float(number)


def is_number(words: Lexicon, token: str) -> bool:
    """Whether a token is a number, in digits or as a word."""
    return _value(words, token) is not None


def _alone(words: Lexicon, tokens: Sequence[str]) -> list[float]:
    """The numbers that are no amounts of something, with "n/10" read as n; a minus makes it no number."""
    found = _without_scale(words, tokens, list(values(words, tokens)))
    told: list[float] = []
    skip = -1
    for here, (value, first, last) in enumerate(found):
        if first <= skip:
            continue
        after = tokens[last + 1] if last + 1 < len(tokens) else ""
        if after in words.sets["units"]:
            continue
        if first > 0 and tokens[first - 1] == "-" and (first == 1 or not tokens[first - 2][0].isdigit()):
            told.append(-value if value else 0.0)
            continue
        half = _half(words, tokens, last)
        told.append(value + 0.5 if half else value)
        if half:
            skip = last + half
        elif here + 1 < len(found) and _of_ten(words, tokens, last, found[here + 1]):
            skip = found[here + 1][2]
    return told


Number = tuple[float, int, int]


def _without_scale(words: Lexicon, tokens: Sequence[str], found: list[Number]) -> list[Number]:
    """The numbers without those that only name the scale: "on a scale of 1 to 10 a 9"."""
    for here in range(len(found) - 1):
        (low, _, last), (high, first, _) = found[here : here + 2]
        named = low in (0, 1) and high == 10 and " ".join(tokens[last + 1 : first]) in words.sets["spans"]
        if named and len(found) > 2:
            return found[:here] + found[here + 2 :]
    return found


def _half(words: Lexicon, tokens: Sequence[str], last: int) -> int:
    """How many tokens behind a number say "and a half", "1/2"; 0 where none do. Any part of one is a half."""
    for phrase in words.sets["half"]:
        part = phrase.split()
        if list(tokens[last + 1 : last + 1 + len(part)]) == part:
            return len(part)
    return 0


def _of_ten(words: Lexicon, tokens: Sequence[str], last: int, following: tuple[float, int, int]) -> bool:
    value, first, _ = following
    return value == 10 and " ".join(tokens[last + 1 : first]) in words.sets["scale"]


def score_of(words: Lexicon, tokens: Sequence[str], low: int, high: int) -> int | None:
    """A score: the highest of those told, a fraction rounded up; None where one is out of range."""
    told = _alone(words, tokens)
    if not told or FRACTION in tokens or any(not low <= value <= high for value in told):
        return None
    if (len(told) > 1 and _strange_between(words, tokens)) or _no_score(words, tokens):
        return None  # "seven out od ten"
    return math.ceil(max(told))


def _strange_between(words: Lexicon, tokens: Sequence[str]) -> bool:
    """Whether an unknown word stands between two numbers, or one of "out of 10" that was misspelt."""
    found = list(values(words, tokens))
    between = tokens[found[0][2] + 1 : found[-1][1]]
    begun = {phrase.split()[0] for phrase in words.sets["scale"]} - {"/"}
    out_of = found[-1][0] == 10 and any(word in begun for word in between[:1])
    return out_of or any(word.isalpha() and word not in words.spelling.words for word in between)


def _no_score(words: Lexicon, tokens: Sequence[str]) -> bool:
    """Whether a number is taken back ("not 0"), counts something ("1 of the worst"), or stands right beside
    another ("1 0")."""
    found = list(values(words, tokens))
    begun = {phrase.split()[0] for phrase in words.sets["scale"]} - {"/"}
    alone = len(found) == 1 and tokens[found[0][2] + 1 : found[0][2] + 2]
    if alone and alone[0] in begun:
        return True
    for here, (_, first, last) in enumerate(found):
        before = tokens[first - 1] if first else ""
        if before in words.sets["deniers"] or (here + 1 < len(found) and found[here + 1][1] == last + 1):
            return True
    return False


def age_of(words: Lexicon, tokens: Sequence[str], low: int, high: int) -> int | None:
    """An age in whole years: one number, in years or without a unit, beside words that we know. Else None."""
    found = list(values(words, tokens))
    if len(found) != 1:
        return None
    value, first, last = found[0]
    after = tokens[last + 1] if last + 1 < len(tokens) else ""
    if after in words.sets["units"] and words.durations.get(after, 0) < 365:
        return None
    if tokens[first - 1 : first] == ["-"] or not low <= value <= high or value != int(value):
        return None
    rest = [token for token in (*tokens[:first], *tokens[last + 1 :]) if token[0].isalpha()]
    known = words.sets["filler"] | words.sets["others"] | words.sets["units"] | words.sets["ages"]
    return int(value) if all(word in known for word in rest) else None


def choice_digits(words: Lexicon, tokens: Sequence[str]) -> list[int]:
    """The whole numbers told as choices, each once; -1 for one that is none."""
    told = [int(value) if _is_whole(value) else -1 for value in _alone(words, tokens)]
    return list(dict.fromkeys(told))


def _is_whole(value: float) -> bool:
    return 0 <= value < 1e6 and value == int(value)


def list_digits(words: Lexicon, tokens: Sequence[str], keys: Sequence[int]) -> tuple[list[int], bool]:
    """The choices of a list ("14" is 1 and 4), and whether every number was one of them."""
    told: list[int] = []
    whole = True
    numbers = _alone(words, tokens)
    for value in numbers:
        digits = [int(digit) for digit in str(int(value))] if _is_whole(value) else [-1]
        if digits == [0] and len(numbers) == 1:
            continue
        told += [digit for digit in digits if digit in keys]
        whole &= all(digit in keys for digit in digits)
    spanned = len(numbers) > 1 and any(token in "-–—" for token in tokens)
    return told, whole and not spanned


def days_of(words: Lexicon, tokens: Sequence[str]) -> list[int]:
    """Every duration told, in days ("2 weeks", "2 or 3 days", "since yesterday"); empty where none is."""
    more = int(_more(words, tokens))
    told = [days + more for days in _bare_days(words, tokens)]
    unit = 0
    for value, _, last in reversed(list(values(words, tokens))):
        after = tokens[last + 1] if last + 1 < len(tokens) else ""
        unit = words.durations.get(after, unit)  # "2 or 3 days": the unit stands once
        if 0 <= value < 1000 and (unit or after in words.durations):
            days = value * unit if unit else value // HOURS_A_DAY
            told.append(math.ceil(days) + more)
    return told


def _more(words: Lexicon, tokens: Sequence[str]) -> bool:
    """Whether it is more than the number says ("over 7 days")."""
    return any(match.table == "more_than" for match in words.find(tokens, ""))


def _bare_days(words: Lexicon, tokens: Sequence[str]) -> Iterator[int]:
    """Durations without a number: "today", "a week"."""
    for place, token in enumerate(tokens):
        if token not in words.durations:
            continue
        before = tokens[place - 1] if place else ""
        if token not in words.sets["units"] or before in words.sets["ones"]:
            yield words.durations[token]
