"""How hard a sentence is to read, and how long it takes to say.

May not: know the protocol. Grade: Flesch-Kincaid (Kincaid et al. 1975); pace: the setting of the texts,
150 words a minute."""

import re

WORDS_A_MINUTE = 150
_WORD = re.compile(r"[A-Za-z]+(?:'[A-Za-z]+)?|\d")
_SENTENCE_END = re.compile(r"[.!?:;]+(?=\s|$)|\n")
_GROUPS = re.compile(r"[aeiouy]+")
_SILENT = re.compile(r"(?:[^laeiouy]es|[^td]ed|[^l]e)$")
_SPOKEN = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*|\d")


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
    sentences = max(1, sum(1 for part in _SENTENCE_END.split(text) if part and _WORD.search(part)))
    told = sum(1 if word.isdigit() else syllables(word) for word in words)
    return round(max(0.0, 0.39 * len(words) / sentences + 11.8 * told / len(words) - 15.59), 1)


def spoken_s(text: str, words_a_minute: int = WORDS_A_MINUTE) -> float:
    """How many seconds this text takes to say; each digit is a word of its own."""
    return len(_SPOKEN.findall(text)) * 60 / words_a_minute
