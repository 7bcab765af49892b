"""A text taken apart: one alphabet, lower case, words and marks, misspellings mended by the tables.

Linear in the text. May not: know a word of any language (`lexicon.py` brings them), or judge what is said."""

import re
import unicodedata
from collections.abc import Iterable, Iterator

LONGEST = 5000  # characters that are read: a text has 1,600 at most, quick speech of three minutes this many
HARD = frozenset(".!?;\n…")
SOFT = ","
TYPO_FROM = 5  # letters: shorter words have too many neighbours
LONGEST_WORD = 24  # letters: no longer one is mended
_TOKEN = re.compile(r"\d+(?:\.\d+)?|[^\W\d_]+|\n|[^\w\s]")
_LONG_RUN = re.compile(r"(.)\1{2,}")
_QUOTED_LINE = re.compile(r"(?m)^\s*>.*$")  # a mail program's copy of what we wrote
_LETTER_O = re.compile(r"(?<=\d)o(?![^\W_])")  # "1o" is 10
_APOSTROPHES = str.maketrans("", "", "'`´‘’ʼ′")


def plain(text: str) -> str:
    """The text in one alphabet: lower case, no accents or apostrophes, digits 0 to 9, no skin tones."""
    text = text[:LONGEST].translate(_APOSTROPHES)
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFD", "".join(map(_one, text)).casefold())
    return "".join(c for c in apart if unicodedata.category(c) not in _DROPPED)


_DROPPED = frozenset(("Mn", "Me", "Cf", "Sk"))


def _one(character: str) -> str:
    if character.isascii():
        return character
    wide = unicodedata.normalize("NFKC", character)
    if unicodedata.category(character) == "No":  # 7½ is not 71/2
        return f" {wide} "
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    return wide


def split(text: str) -> list[str]:
    """Words, numbers and single marks, in order. Letters sent one by one ("N O") are one word."""
    if ">" in text:
        text = _QUOTED_LINE.sub("", text)
    found = _TOKEN.findall(_LETTER_O.sub("0", text))
    if len(found) < 2 or not any(len(token) == 1 and token.isalpha() for token in found[:2]):
        return found
    letters = [token for token in found if token.isalpha()]
    if all(len(token) == 1 for token in letters) and not any(token[0].isdigit() for token in found):
        return _spelled(text) if len(letters) > 1 else found
    return found


def _spelled(text: str) -> list[str]:
    """The words of letters sent one by one: a wider gap parts two words ("C A N T  P E E")."""
    words = ["".join(c for c in part if c.isalpha()) for part in re.split(r"\s{2,}|[/|]", text)]
    return [word for word in words if word]


class Spelling:
    """The words a table knows; mends doubled letters, and one slip in a word of five letters or more."""

    def __init__(self, words: Iterable[str], known: Iterable[str]) -> None:
        """words: those of the tables. known: everyday words that must not be mended into one of them."""
        tabled = frozenset(words)
        self._guards = frozenset(known) - tabled
        self.words = tabled | self._guards
        self._squeezed = {_squeeze(word): word for word in sorted(self.words, reverse=True)}
        self._near: dict[str, list[str]] = {}
        for word in sorted(self.words):
            if len(word) >= TYPO_FROM:
                for part in _shorter(word):
                    self._near.setdefault(part, []).append(word)

    def mend(self, token: str) -> str:
        """The known word that this one stands for, or itself."""
        if token in self.words or not token.isalpha():
            return token
        once = _squeeze(token)
        for shorter in (_LONG_RUN.sub(r"\1", token), _LONG_RUN.sub(r"\1\1", token), once):
            if shorter in self.words:
                return shorter
        drawn = self._squeezed.get(once)
        if drawn is not None:
            return drawn
        return self._slipped(token) or self._slipped(_LONG_RUN.sub(r"\1", token)) or token

    def _slipped(self, token: str) -> str:
        """The word one slip away, or "". A word of the tables goes before one that only guards, swapped
        letters before other slips."""
        if len(token) < TYPO_FROM or len(token) > LONGEST_WORD:
            return ""
        near = {word for part in _shorter(token) for word in self._near.get(part, ())}
        near = {word for word in near if _one_slip(token, word)}
        ranked = sorted(near, key=lambda word: (word in self._guards, sorted(word) != sorted(token), word))
        return ranked[0] if ranked else ""


def _squeeze(word: str) -> str:
    return "".join(c for place, c in enumerate(word) if place == 0 or word[place - 1] != c)


def _shorter(word: str) -> Iterator[str]:
    yield word
    for place in range(len(word)):
        yield word[:place] + word[place + 1 :]


def _one_slip(a: str, b: str) -> bool:
    """One letter added, dropped or changed, or two neighbours swapped; the first letter is one of the two."""
    if a[1::-1] == b[:2] and a[2:] == b[2:]:
        return True
    if a[0] != b[0] or abs(len(a) - len(b)) > 1:
        return False
    start = 0
    while start < min(len(a), len(b)) and a[start] == b[start]:
        start += 1
    rest_a, rest_b = a[start:], b[start:]
    if len(a) != len(b):
        return rest_a[1:] == rest_b or rest_b[1:] == rest_a
    swapped = rest_a[:2] == rest_b[1::-1] and rest_a[2:] == rest_b[2:]
    return rest_a[1:] == rest_b[1:] or swapped
