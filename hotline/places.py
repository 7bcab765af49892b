"""Where somebody is who tells their ZIP code or state: the reference to the zones it may lie in.

The facts are in `zip_zones.yaml`. The packages that know ZIP codes give each code one zone, by its middle: a
guess where a county line goes through it, and an hour of night for somebody. Here every zone that may be
counts. What is told is not kept: only the zones go on. May not: reach the network, or log what was told."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from flows.heard import Heard, Kind
from flows.load import parse
from flows.tokens import plain
from hotline import zones

FACTS = Path(__file__).with_name("zip_zones.yaml")
MOST_WORDS = 8  # a longer text is no answer to "what is your ZIP code?"
_ZIP = re.compile(r"(?<!\d)(\d{5})(?:-?\d{4})?(?!\d)")
_WORD = re.compile(r"[a-z]+")


def read(text: str, skips: Iterable[str], heard: Heard) -> Heard:
    """What a text tells to the question for the ZIP code; `heard` where it tells no place and does not skip.

    skips: words that skip it. Whatever outranks an answer, or may be a sign, is left as it was heard."""
    if heard.kind is not Kind.unclear or heard.signs or heard.doubts or heard.opt_out:
        return heard
    words = _WORD.findall(plain(text))
    found = _told(text, words)
    if found:
        return Heard(Kind.place, found, why=heard.why)
    if heard.reading == "no" or " ".join(words) in skips:
        return Heard(Kind.place, "")
    return heard


def keyed(heard: Heard) -> Heard:
    """The zones of a ZIP code that was keyed; one that is nowhere is a wrong key."""
    if heard.kind is not Kind.place or not heard.value:
        return heard
    found = of_zip(str(heard.value))
    return Heard(Kind.place, found) if found else Heard(Kind.key, heard.value)


def of_zip(code: str) -> str:
    """The reference to the zones of a ZIP code; "" where no such prefix is known."""
    return _facts()[0].get(code[:3], "")


def of_state(name: str) -> str:
    """The reference to the zones of a state, by its name or code in small letters; "" where none."""
    return _facts()[1].get(name, "")


def _told(text: str, words: list[str]) -> str:
    codes = _ZIP.findall(text)
    if codes:
        alone = len(codes) == 1 and len(re.findall(r"\d+", _ZIP.sub("", text))) == 0
        return of_zip(codes[0]) if alone else ""
    if re.search(r"\d", text) or not 0 < len(words) <= MOST_WORDS:
        return ""
    return of_state(" ".join(words)) or (of_state(words[-1]) if _is_behind(text, words) else "")


def _is_behind(text: str, words: list[str]) -> bool:
    """Whether the last word is a state's code behind a town ("Austin, TX"): written in capitals."""
    return len(words) > 1 and re.search(r"\b[A-Z]{2}\W*$", text) is not None and len(words[-1]) == 2


@lru_cache(maxsize=1)
def _facts() -> tuple[Mapping[str, str], Mapping[str, str]]:
    """The zones by ZIP prefix and by state."""
    source, faults = parse(FACTS.name, FACTS.read_text(encoding="utf-8"))
    assert source is not None, faults
    told = source.content
    prefixes: dict[str, str] = {}
    states: dict[str, str] = {}
    for code, state in told["states"].items():
        prefixes |= _prefixes(told, state)
        known = _reference(told, state.get("named", state["zones"]))
        states |= {str(name): known for name in state["names"]}
        if not state.get("ask"):
            states[str(code).lower()] = known
    for name, codes in told["either"].items():
        names = [zone for code in codes for zone in told["states"][code]["zones"]]
        states[str(name)] = _reference(told, names)
    return prefixes, states


def _prefixes(told: Any, state: Any) -> dict[str, str]:
    """The prefixes of one state: all of its zones, but where one is sure."""
    everywhere = _reference(told, state["zones"])
    found = dict.fromkeys(_spread(str(state["zip"])), everywhere)
    for zone, listed in state.get("only", {}).items():
        found |= dict.fromkeys(_spread(str(listed)), _reference(told, [zone]))
    return found


def _spread(listed: str) -> Iterable[str]:
    """Each prefix of a list such as "350-367 369"."""
    for part in listed.split():
        first, _, last = part.partition("-")
        yield from (f"{number:03}" for number in range(int(first), int(last or first) + 1))


def _reference(told: Any, names: Iterable[str]) -> str:
    return zones.reference(tuple(dict.fromkeys(str(told[name]) for name in names)))
