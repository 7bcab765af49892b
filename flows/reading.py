"""How hard a sentence is to read, and how long it takes to say.

May not: know the protocol. English: the grade of Flesch-Kincaid (Kincaid et al. 1975). Spanish: the ease of
Fernandez-Huerta (1959), with the mean length of a sentence. Pace: the setting of the texts, 150 words a
minute."""

import re
from collections.abc import Callable

WORDS_A_MINUTE = 150
_WORD = re.compile(r"[A-Za-z]+(?:'[A-Za-z]+)?|\d")
_SENTENCE_END = re.compile(r"[.!?:;]+(?=\s|$)|\n")
_GROUPS = re.compile(r"[aeiouy]+")
_SILENT = re.compile(r"(?:[^laeiouy]es|[^td]ed|[^l]e)$")
_SPOKEN = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*|\d")

_WORD_ES = re.compile(r"[^\W\d_]+|\d")
_SILENT_U = re.compile(r"(?<=q)u(?=[eiéí])|(?<=g)u(?=[eiéí])")
_FINAL_Y = re.compile(r"y$")
_GROUPS_ES = re.compile(r"[aeiouáéíóúü]+")
_STRONG = frozenset("aeoáéíóú")
PLAIN_GRADE = 6.0  # what every sentence must reach: in Spanish an ease of 80, "easy"


def syllables(word: str) -> int:
    """About how many syllables an English word has: groups of vowels, less a silent ending; at least one."""
    lower = word.lower().replace("'", "")
    count = len(_GROUPS.findall(lower))
    if count > 1 and _SILENT.search(lower):
        count -= 1
    return max(1, count)


def grade(text: str) -> float:
    """The US school grade that reads this text (Flesch-Kincaid), 0 at the least. A digit counts as a word."""
    words = _WORD.findall(text)
    if not words:
        return 0.0
    told = sum(1 if word.isdigit() else syllables(word) for word in words)
    return round(max(0.0, 0.39 * len(words) / _sentences(text, _WORD) + 11.8 * told / len(words) - 15.59), 1)


def syllables_es(word: str) -> int:
    """How many syllables a Spanish word has: one for each strong or accented vowel; at least one."""
    lower = _FINAL_Y.sub("i", _SILENT_U.sub("", word.lower()))
    groups = _GROUPS_ES.findall(lower)
    return max(1, sum(max(1, sum(vowel in _STRONG for vowel in group)) for group in groups))


def ease_es(text: str) -> float:
    """How easy a Spanish text reads (Fernandez-Huerta): 100 very easy, 80 to 90 easy, under 60 hard.

    A digit counts as a word of one syllable; a text without words is 100."""
    words = _WORD_ES.findall(text)
    if not words:
        return 100.0
    told = sum(1 if word.isdigit() else syllables_es(word) for word in words)
    return round(206.84 - 60 * told / len(words) - 1.02 * len(words) / _sentences(text, _WORD_ES), 1)


def _sentences(text: str, word: re.Pattern[str]) -> int:
    return max(1, sum(1 for part in _SENTENCE_END.split(text) if part and word.search(part)))


def grade_es(text: str) -> float:
    """The school grade that reads this Spanish text, by the table that goes with the ease: 90 is the 5th, 80
    the 6th, 70 the 7th."""
    return round(max(0.0, 14 - ease_es(text) / 10), 1)


# How a language is measured. Both tell a school grade, so that one limit holds for all.
GRADES: dict[str, Callable[[str], float]] = {"en": grade, "es": grade_es}


def spoken_s(text: str, words_a_minute: int = WORDS_A_MINUTE) -> float:
    """How many seconds this text takes to say; each digit is a word of its own."""
    return len(_SPOKEN.findall(text)) * 60 / words_a_minute
