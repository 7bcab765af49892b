"""Makes tests/data/utterances.own.json: replies and what they may, and may never, be read as.

`python -m tests.corpus` writes it. The replies by hand stand in tests/data/replies.*.txt; many of them
are dressed once more, by a seeded rule: a keyboard neighbour, a lost, doubled or swapped letter, speech
to text, chat spelling, shouting, emoji. The half that is never tuned on is fixed by a hash of
the reply by hand."""

import json
import random
import re
import sys
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
Entry = dict[str, Any]

# standard: (acceptable, forbidden). A number or choice read with another value than the one told is forbidden
# too.
ASK = ("unrecognised", "unsure")
SAYS = ("emergency_statement", "yes")
STANDARDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "yes": (("yes",), ("no",)),
    "assent": (("yes", *ASK), ("no",)),
    "slip": (("yes", *ASK), ("no",)),
    "yesplus": (("yes", *ASK), ("no",)),
    "correction": (("yes", *ASK), ("no",)),
    "no": (("no",), SAYS),
    "partlyno": (("no", *ASK), SAYS),
    "slip2no": (("no", *ASK), SAYS),
    "leanno": (("no", *ASK), ("yes",)),
    "correctionno": (("no", *ASK), SAYS),
    "unsure": (("unsure", "yes"), ("no",)),
    "twoanswers": (("yes", "emergency_statement", *ASK), ("no",)),
    "notplain": (("emergency_statement", *ASK), ("no", "yes")),
    "latemark": (ASK, ("number", "no", "yes")),
    "digit": (("yes", *ASK), ("no",)),
    "menudoubt": (ASK, ("menu_choice", "no")),
    "noise": (("help", *ASK), ("no", "yes", "optout")),
    "dangerq": (SAYS, ("no", "unrecognised", "optout")),
    "dangertypo": ((*SAYS, "unsure", "menu_choice"), ("no", "optout")),
    "menudanger": (("emergency_statement", "menu_choice"), ("no", "unrecognised", "optout")),
    "dangerfree": (("emergency_statement",), ("help", "no", "optout", "unrecognised")),
    "nosign": (SAYS, ("no", "unrecognised")),
    "hedgeq": ((*SAYS, "unsure"), ("no",)),
    "otherperson": (("emergency_statement", *ASK), ("no", "yes")),
    "past": (("emergency_statement", *ASK), ("no", "yes")),
    "ifwords": (("emergency_statement", "help", *ASK), ("no", "yes", "optout", "self_harm")),
    "otherfree": (ASK, ("no", "yes", "optout")),
    "harm": (("emergency_statement", "self_harm"), ("no", "optout", "unrecognised", "yes")),
    "harmq": (("self_harm",), ("no", "optout", "unrecognised", "yes")),
    "trapharm": (("emergency_statement", *ASK), ("no", "optout")),
    "optout": (("optout",), ("no", "unrecognised", "yes")),
    "optsaid": (("optout", "unsure"), ("no", "unrecognised", "yes")),
    "optlean": (("optout", "help", *ASK), ("no", "yes")),
    "optfurther": (("optout", "emergency_statement", "unsure"), ("no", "unrecognised", "yes")),
    "opttrap": (("emergency_statement", "help", *ASK), ("optout", "self_harm", "no")),
    "opttrapq": (("number", *ASK), ("optout", "self_harm")),
    "help": (("help", "unsure"), ("no", "optout", "yes")),
    "helplean": (("help", "emergency_statement", *ASK), ("no", "optout", "yes")),
    "number": (("number",), ("no", "yes")),
    "numberask": (("number", *ASK), ("no",)),
    "overask": (("number", *ASK), ("no",)),
    "notnumber": (ASK, ("number", "no", "yes")),
    "notage": (ASK, ("number",)),
    "choice": (("menu_choice", "unsure"), ("no",)),
    "choicetypo": (("menu_choice", "emergency_statement", *ASK), ("no",)),
    "menuask": (ASK, ("menu_choice", "no")),
    "timeask": (("menu_choice", *ASK), ("no",)),
    "list": (("menu_choice",), ("no",)),
    "listlean": (("menu_choice", *ASK), ("no",)),
    "listwords": (("menu_choice", "emergency_statement", *ASK), ("no",)),
    "listask": (ASK, ("menu_choice", "no")),
    "reliefno": (("no", "unsure"), ("yes",)),
    "checkask": (("emergency_statement", "menu_choice", *ASK), ("no",)),
    "keyword": (("menu_choice",), ("no", "yes", "optout")),
}
WORST = {"cannot_walk": 4, "bilateral_leg": 4, "progressive_weakness": 4, "limb_weakness": 3}
TYPED = {  # what a reply with a slip in it must still be: an unread one is asked again
    "yes": "slip", "no": "slip2no", "dangerq": "dangertypo", "dangerfree": "dangertypo",
    "nosign": "dangertypo", "menudanger": "dangertypo", "harm": "harmtypo", "optsaid": "optlean",
    "number": "numberask", "choice": "choicetypo",
}  # fmt: skip
STANDARDS["harmtypo"] = (("emergency_statement", "self_harm", "unsure"), ("no", "optout", "yes"))
KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


def neighbour(word: str, place: int, chance: random.Random) -> str:
    """The word with a letter hit beside its key."""
    for row in KEYS:
        at = row.find(word[place].lower())
        if at >= 0:
            near = [row[n] for n in (at - 1, at + 1) if 0 <= n < len(row)]
            return word[:place] + chance.choice(near) + word[place + 1 :]
    return word


def slipped(text: str, chance: random.Random, longest_only: bool) -> str:
    """One letter of one word wrong: a neighbour, lost, doubled or swapped. The first letter stays right."""
    words = text.split(" ")
    places = [
        at for at, word in enumerate(words) if word.isalpha() and len(word) >= (5 if longest_only else 2)
    ]
    if not places:
        return text
    at = max(places, key=lambda place: len(words[place])) if longest_only else chance.choice(places)
    word, place = words[at], chance.randrange(1, len(words[at]))
    kinds: list[Callable[[], str]] = [
        lambda: neighbour(word, place, chance),
        lambda: word[:place] + word[place + 1 :],
        lambda: word[:place] + word[place] + word[place:],
        lambda: word[: place - 1] + word[place] + word[place - 1] + word[place + 1 :],
    ]
    words[at] = chance.choice(kinds if len(word) > 2 else [kinds[0], kinds[2]])()
    return " ".join(words)


FILLERS = {
    "en": ("um ", "okay so ", "uh like ", "hi yeah so "),
    "es": ("este ", "pues ", "bueno este ", "o sea "),
}
SOUNDS = {
    "en": {"i'm": "I am", "im": "I am", "cant": "can't", "dont": "don't", "wont": "won't", "numb": "num",
           "pee": "P", "chest": "Chest", "weak": "week", "my": "my my"},
    "es": {"pecho": "Pecho", "me": "me me", "no": "no"},
}  # fmt: skip
CHAT = {
    "en": {"my": "mah", "have": "hav", "please": "pls", "you": "u", "are": "r", "and": "n", "with": "w",
           "feel": "feeel", "legs": "legz", "because": "cuz", "really": "rly", "pain": "payne",
           "want": "wnt",
           "when": "wen", "messages": "msgs", "texts": "txts", "going": "goin", "having": "havin",
           "just": "jus", "today": "2day"},
    "es": {"que": "q", "por": "x", "me": "m", "de": "d", "quiero": "kiero", "estoy": "toy", "tengo": "tngo",
           "mensajes": "msjs", "puedo": "pueo", "muy": "mui", "orinar": "orinarr", "años": "anos"},
}  # fmt: skip


def exchanged(text: str, table: dict[str, str]) -> str:
    return " ".join(table.get(word, word) for word in text.lower().split(" "))


def dressed(text: str, language: str, standard: str) -> tuple[str, str]:
    """The reply once more, in a dress that the text itself decides, and the standard for it.

    Shouting, emoji and drawn vowels change no standard; a slip or a spelling does."""
    chance = random.Random(f"{language}|{standard}|{text}")
    dress, typed = chance.randrange(8), TYPED[standard]
    if dress <= 2:
        long = standard.startswith(("danger", "menud", "nosign", "harm"))
        return slipped(text, chance, longest_only=long), typed
    if dress == 3:
        bare = re.sub(r"[^\w\s']", "", text)
        return chance.choice(FILLERS[language]) + exchanged(bare, SOUNDS[language]), typed
    if dress == 4:
        return exchanged(text, CHAT[language]), typed
    if dress == 5:
        return text.upper() + chance.choice(("!!!", " !!", ".")), standard
    if dress == 6:
        return text + chance.choice((" 😭", " 😩😩", " 🙏", "😭", " ...")), standard
    drawn = (letter * 3 if letter in "aeo" and chance.random() < 0.4 else letter for letter in text)
    return "".join(drawn), standard


def entry(language: str, question: str, standard: str, text: str, told: str, note: str, base: str) -> Entry:
    """One reply with its standard, in the format of the sample; signs and half are our own."""
    acceptable, forbidden = STANDARDS[standard]
    signs = sorted(told.split(",")) if told and standard in SIGNED else []
    value = json.loads(told) if told and not signs and told[0] in "[0123456789" else None
    value = told if standard == "keyword" else value
    if (
        standard in ("choice", "choicetypo")
        and question not in ("checkin", "time")
        and isinstance(value, int)
    ):
        acceptable = tuple(sorted({*acceptable, "emergency_statement"})) if value > 1 else acceptable
    if question == "relief" and standard == "yes":
        forbidden = ("emergency_statement", "optout")
    if standard == "overask":
        value = 10
    if question == "limbs" and signs:
        value = max(WORST.get(sign, 2) for sign in signs)
    return {
        "id": "B" + _hash(f"{language}|{question}|{text}")[:8],
        "text": text,
        "question": None if question == "-" else question,
        "language": language,
        "value": value,
        "acceptable": list(acceptable),
        "forbidden": list(forbidden),
        "signs": signs,
        "never": [1] if standard == "checkask" else [],
        "note": note,
        "half": "tuning" if int(_hash(f"{language}|{question}|{base}"), 16) % 2 else "untouched",
    }


SIGNED = ("dangerq", "dangertypo", "dangerfree", "menudanger", "nosign")


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def lines(path: Path) -> Iterator[tuple[str, str, str, str, str]]:
    """Question, standard, habit, reply and what it must tell, of each line by hand."""
    question = standard = note = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("== "):
            head, _, note = line[3:].partition(" | ")
            question, standard = head.split()
        elif line and not line.startswith("# "):
            text, _, told = line.partition(" => ")
            yield question, standard, note, text, told


def replies(path: Path, language: str) -> Iterator[Entry]:
    """The replies of one file, each that can be dressed followed by its dressed one."""
    for question, standard, note, text, told in lines(path):
        yield entry(language, question, standard, text, told, note, text)
        if standard not in TYPED or not any(letter.isalnum() for letter in text):
            continue
        again, judged = dressed(text, language, standard)
        if again != text:
            yield entry(language, question, judged, again, told, note + ", dressed", text)


def corpus() -> list[Entry]:
    """The whole corpus, each reply once."""
    found: dict[str, Entry] = {}
    for language in ("en", "es"):
        for reply in replies(DATA / f"replies.{language}.txt", language):
            found.setdefault(reply["id"], reply)
    return list(found.values())


def written(made: list[Entry]) -> str:
    """One reply a line: a diff shows what changed."""
    rows = ",\n".join(json.dumps(reply, ensure_ascii=False) for reply in made)
    return f"[\n{rows}\n]\n"


def verdict(reply: Entry, read: Entry) -> str:
    """How a reading stands to the reply's standard: "forbidden", "acceptable" or "" (neither).

    A number or choice other than the one told is forbidden, whatever its kind."""
    if read["reading"] in reply["forbidden"]:
        return "forbidden"
    valued = read["reading"] in ("number", "menu_choice")
    if valued and reply["value"] is not None and read["value"] != reply["value"]:
        return "forbidden"
    if valued and read["value"] in reply["never"]:
        return "forbidden"
    return "acceptable" if read["reading"] in reply["acceptable"] else ""


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    sys.stdout.write(written(corpus()))
