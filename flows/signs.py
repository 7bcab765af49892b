"""Which signs a text names, and how: told, in doubt (hedged, past, another person's), or denied.

A sign counts as told unless something turns it round; what is unclear is a doubt, never a denial. Each rule
looks at a few words of the same clause only. May not: know a word of any language, or what follows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from flows.lexicon import DANGER, SELF_HARM, Lexicon, Match
from flows.tokens import HARD, SOFT

REACH = 7  # words between "no" and what it denies
CLAUSE = 25  # words on either side of a sign that are looked at
AFTER = 4  # words between a sign and what takes it back


@dataclass(slots=True)
class Signs:
    """The facts of one text. remote: past or another's; deniers, covered: places of words that denied one."""

    told: dict[str, Match] = field(default_factory=dict)
    hedged: dict[str, Match] = field(default_factory=dict)
    remote: dict[str, Match] = field(default_factory=dict)
    denied: dict[str, Match] = field(default_factory=dict)
    deniers: set[int] = field(default_factory=set)
    covered: set[int] = field(default_factory=set)
    self_harm: bool = False

    @property
    def doubts(self) -> tuple[str, ...]:
        """The facts that were named but not told plainly."""
        return tuple(sorted(set(self.hedged) | set(self.remote)))

    def drop(self) -> None:
        """A fact told anywhere in the text is told; one in doubt anywhere is not denied."""
        for weaker, stronger in (
            (self.hedged, self.told),
            (self.remote, self.told),
            (self.remote, self.hedged),
        ):
            for fact in stronger:
                weaker.pop(fact, None)
        for fact in (*self.told, *self.hedged, *self.remote):
            self.denied.pop(fact, None)


class Judge:
    """Decides of each sign in one text how it was meant."""

    def __init__(self, words: Lexicon, tokens: Sequence[str], found: Sequence[Match]) -> None:
        self.sets = words.sets
        self.tokens = tokens
        self.signs_found = _outermost(found)
        self.cues: dict[str, dict[int, Match]] = {}
        for match in found:
            kept = self.cues.setdefault(match.table, {})
            if match.first not in kept or len(kept[match.first].places) < len(match.places):
                kept[match.first] = match
        taken = [*self.cues.get("not_negations", {}).values()]
        taken += [match for match in self.cues.get("unsure", {}).values() if len(match.places) > 1]
        self.taken = {place for match in taken for place in match.places}

    def signs(self) -> Signs:
        """Every sign of the text by how it was meant."""
        signs = Signs()
        for match in self.signs_found:
            if match.name == SELF_HARM:
                signs.self_harm |= self._denial(match)[0] != "denied"
                continue
            meant, denier = self._meant(match)
            getattr(signs, meant)[match.name] = match
            if denier is not None:
                signs.deniers.update(denier.places)
            if meant == "denied":
                signs.covered.update(match.places)
        signs.drop()
        return signs

    def _meant(self, match: Match) -> tuple[str, Match | None]:
        denial, denier = self._denial(match)
        if denial:
            return denial, denier
        past = self._cue("past", match, after=True) and match.name not in self.sets["lasting"]
        if past or (match.name not in self.sets["acute"] and self._other(match)):
            return "remote", None
        if self._cue("supposed", match) or self._cue("hedges", match, after=True) or self._taken_back(match):
            return "hedged", None
        return "told", None

    def _denial(self, match: Match) -> tuple[str, Match | None]:
        """("denied" or "hedged", what denied it), or ("", None) where nothing did."""
        if self._cue_after(self.cues.get("stressed", {}), match, AFTER):
            return "", None  # "never had chest pain like this"
        denials = self.cues.get("negations", {})
        for place in range(match.last - 1, max(-1, match.first - CLAUSE), -1):
            denier = denials.get(place)
            if denier is None or place in self.taken or set(denier.places) & set(match.places):
                continue
            if denier.first > match.first:
                return "denied", denier
            verdict = self._reaches(denier, match)
            if verdict:
                return verdict, denier
        return "", None

    def _reaches(self, denier: Match, match: Match) -> str:
        between = self.tokens[denier.last + 1 : match.first]
        if len(between) > REACH or self._turned(between):
            return ""
        if (
            denier.last + 1 == match.first
            and not between
            and self._is_answer(denier, self.tokens[match.first])
        ):
            return ""
        if between and self._is_answer(denier, between[0]):
            return ""
        if SOFT in between and not self._listed_on(between, match):
            return ""
        if match.name == DANGER or self._ends_a_no(denier, match):
            return "hedged"  # "I don't call an ambulance" is asked again
        inside = {self.tokens[place] for place in match.places}
        if inside & self.sets["deniers"] or self._subjects(between, match):
            return "hedged"
        span = self.tokens[denier.last + 1 : match.last]
        if (
            len(denier.places) == 1
            and self._bare(denier)
            and any(word in self.sets["verbs"] for word in span)
        ):
            return "hedged"
        own = {self.tokens[place] for place in denier.places} & self.sets["verbs"]
        if len(denier.places) > 1 and own & set(between):
            return "hedged"  # "no es dolor, es presion": the verb again says what it is
        apart = [word for word in between if word in self.sets["joins"] or word in self.sets["narrows"]]
        return "hedged" if apart else "denied"

    def _subjects(self, between: Sequence[str], match: Match) -> bool:
        """Whether a new subject stands there. Before a bare name of a question, "in my chest" is none."""
        bare_name = match.at and len(match.places) == 1
        owned = self.sets["within"] if bare_name else ()
        return any(
            word in self.sets["subjects"] and (place == 0 or between[place - 1] not in owned)
            for place, word in enumerate(between)
        )

    def _bare(self, denier: Match) -> bool:
        return self.tokens[denier.first] in self.sets["bare"]

    def _is_answer(self, denier: Match, following: str) -> bool:
        """A "no" before a new statement is an answer of its own and denies nothing after it."""
        alone = len(denier.places) == 1  # "no tengo la pierna dormida" is one denial
        return alone and self._bare(denier) and following in self.sets["interjected"]

    def _ends_a_no(self, denier: Match, match: Match) -> bool:
        """ "None of those" is an answer of its own: what follows is not denied by it for sure."""
        answer = self.cues.get("no", {}).get(denier.first)
        return answer is not None and len(answer.places) > 1 and answer.last < match.first

    def _turned(self, words: Sequence[str]) -> bool:
        return any(word in HARD or word in self.sets["turns"] for word in words)

    def _listed_on(self, between: Sequence[str], match: Match) -> bool:
        """ "No fever, chills or weakness": the list goes on over the comma."""
        place = len(between) - 1 - list(reversed(between)).index(SOFT)
        last = between[place + 1 :]
        if any(word in self.sets["subjects"] or word in self.sets["verbs"] for word in between):
            return False
        if any(word in self.sets["lists"] for word in last):
            return True
        for word in self.tokens[match.last + 1 : match.last + CLAUSE]:
            if word in HARD or word in self.sets["subjects"] or word in self.sets["turns"]:
                return False
            if word in self.sets["lists"]:
                return True
        return False

    def _cue(self, table: str, match: Match, *, after: bool = False) -> bool:
        """Whether such a word stands in the same clause before the sign (or after it)."""
        cues = self.cues.get(table)
        if not cues:
            return False
        for place in range(match.first - 1, max(-1, match.first - CLAUSE), -1):
            if self._ends(place):
                break
            if place in cues and cues[place].last < match.first:
                return True
        return after and self._cue_after(cues, match, CLAUSE)

    def _cue_after(self, cues: Mapping[int, Match], match: Match, reach: int) -> bool:
        """Whether a cue follows; what is gone may be said after a "but" too."""
        for place in range(match.last + 1, min(match.last + 1 + reach, len(self.tokens))):
            if self.tokens[place] in HARD or (reach == CLAUSE and self._ends(place)):
                return False
            if place in cues:
                return True
        return False

    def _ends(self, place: int) -> bool:
        """Whether a clause ends at this word."""
        return self.tokens[place] in HARD or self.tokens[place] in self.sets["turns"]

    def _taken_back(self, match: Match) -> bool:
        """ "Chest pain: no", "the numbness is gone"."""
        tail = self.tokens[match.last + 1 : match.last + 1 + AFTER]
        words = [word for word in tail if word[0].isalnum()]
        if (
            words
            and words[0] in self.sets["bare"]
            and len(words) == 1
            and (not tail or tail[0] not in ".!;\n,")
        ):
            return True
        return self._cue_after(self.cues.get("gone", {}), match, AFTER)

    def _other(self, match: Match) -> bool:
        """Somebody else is the subject: named before the sign, with no "my" or "I" of one's own between."""
        others, subjects = self.sets["others"], self.sets["subjects"]
        for place in range(match.first - 1, max(-1, match.first - CLAUSE), -1):
            word = self.tokens[place]
            if self._ends(place):
                return False
            if word in others:
                return True
            if word in subjects and self.tokens[min(place + 1, len(self.tokens) - 1)] not in others:
                return False
        return False


def _outermost(found: Sequence[Match]) -> list[Match]:
    """The signs, less bare names inside a longer phrase ("chest is fine") and figures of speech."""
    whole = [match for match in found if match.table in ("sign", "no") and len(match.places) > 1]
    inside = {place for match in whole for place in match.places}
    trapped = {place for match in found if match.table == "sign_traps" for place in match.places}
    return [
        match
        for match in found
        if match.table == "sign"
        and not (match.at and len(match.places) == 1 and match.first in inside)
        and not set(match.places) <= trapped
    ]
