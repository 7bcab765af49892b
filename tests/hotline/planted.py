"""The words that a planted sign is told with, and what each fact means: its question, its choice, its level.

Written from the clinical table (docs/facts.md, flags.yaml), never from what the program hears: the ledger of
`conserved.py` weighs the program against it. May not: import the engine."""

from collections.abc import Mapping
from dataclasses import dataclass

from flows.protocol import Level

E, U, C, S = Level.emergency_now, Level.urgent_today, Level.clinician_soon, Level.self_care
DANGER = "danger"
UNKNOWN = {  # "not sure" twice: at least this
    "heart": U, "vessel": U, "saddle": U, "limbs": U, "pregnant": U, "injury": C, "fever": C, "risks": C,
}  # fmt: skip
CHOICES = {  # what a choice by its key means where nothing else is told
    "heart": {1: E}, "vessel": {1: E}, "saddle": {1: E}, "pregnant": {1: E},
    "limbs": {2: C, 3: U, 4: E}, "injury": {2: S, 3: E}, "fever": {2: U, 3: U, 4: U},
    "risks": {1: C, 2: C, 3: U, 4: C, 5: S, 6: C, 7: C, 8: C},
}  # fmt: skip
KEYS = {"heart": 2, "vessel": 2, "saddle": 2, "pregnant": 2, "relief": 2, "limbs": 4, "injury": 3, "fever": 4,
        "risks": 8, "time": 4}  # fmt: skip
HALVES = {1: (1, 2, 3, 4), 2: (5, 6, 7, 8)}  # of the spoken list
YES_NO = ("heart", "vessel", "saddle", "pregnant")

# fact: (question, key, English, Spanish or "")
FACTS: Mapping[str, tuple[str, int, str, str]] = {
    "chest_pain_or_breathless": ("heart", 1, "I have chest pain", "me duele el pecho"),
    "faint_or_cold_sweat": ("heart", 1, "I fainted", "me desmaye"),
    "jaw_or_arm_pain": ("heart", 1, "my jaw hurts", ""),
    "tearing_abdominal_pain": ("vessel", 1, "I have a tearing pain in my belly", ""),
    "face_or_arm_one_sided_weakness": ("vessel", 1, "one side of my face is weak", ""),
    "bladder_bowel_loss": ("saddle", 1, "I lost control of my bladder", "perdi el control de la vejiga"),
    "urinary_retention": ("saddle", 1, "I can't pee", "no puedo orinar"),
    "saddle_numbness": ("saddle", 1, "my groin is numb", "tengo la ingle dormida"),
    "sexual_dysfunction": ("saddle", 1, "I lost my erection", ""),
    "bilateral_leg": ("limbs", 4, "both legs are weak", "tengo debilidad en las dos piernas"),
    "bilateral_arm": ("limbs", 4, "both arms are numb", ""),
    "progressive_weakness": ("limbs", 4, "I am getting weaker by the hour", ""),
    "cannot_walk": ("limbs", 4, "I can't walk", "no puedo caminar"),
    "limb_weakness": ("limbs", 3, "my foot drags", "arrastro el pie"),
    "leg_radiation": ("limbs", 2, "the pain shoots down my leg", "el dolor baja por la pierna"),
    "arm_radiation": ("limbs", 2, "the pain goes down my arm", ""),
    "numbness_tingling": ("limbs", 2, "my leg is numb", "tengo la pierna dormida"),
    "trauma_major": ("injury", 3, "I fell off a ladder", "tuve un accidente de carro"),
    "minor_trauma": ("injury", 2, "I had a small fall", "me cai"),
    "fever_chills": ("fever", 2, "I have a fever", "tengo fiebre"),
    "unwell": ("fever", 2, "I feel very ill", "me siento muy enfermo"),
    "painful_urination_or_blood": ("fever", 3, "it burns when I pee", "me arde al orinar"),
    "recent_infection_or_ivdu_or_immunosuppressed": (
        *("risks", 3),
        *("I am on chemotherapy", "estoy en quimioterapia"),
    ),
    "spine_procedure_recent": ("risks", 3, "I had an epidural", ""),
    "cancer_history": ("risks", 1, "I have cancer", "tengo cancer"),
    "weight_loss": ("risks", 2, "I lost weight", "perdi peso"),
    "osteoporosis_or_steroid": ("risks", 4, "I have osteoporosis", "tengo osteoporosis"),
    "anticoagulant": ("risks", 5, "I take a blood thinner", "tomo un anticoagulante"),
    "pregnant": ("risks", 6, "I am pregnant", "estoy embarazada"),
    "pregnancy_warning_signs": ("pregnant", 1, "my water broke", ""),
    "night_pain": ("risks", 7, "the pain wakes me at night", "el dolor me despierta en la noche"),
    "thoracic_pain": ("risks", 8, "my upper back hurts", ""),
    "deformity_or_lump": ("risks", 8, "I have a lump on my back", ""),
    DANGER: ("", 0, "call an ambulance", "llame una ambulancia"),
}
MAYBE = {"en": ("maybe", "I am not sure but maybe"), "es": ("tal vez", "quizas")}
YES = {"en": "yes", "es": "si"}
NO = {"en": "no", "es": "no"}
AND = {"en": "and", "es": "y"}
BUT = {"en": "but", "es": "pero"}
NUMBERS = {"en": ("one", "two", "three", "four"), "es": ("uno", "dos", "tres", "cuatro")}
NOISE = {
    "en": ("banana", "not right", "no that's right", "I want to speak to a nurse", "hello", "not sure", "40",
           "stop texting me", "help"),
    "es": ("platano", "quiero hablar con una enfermera", "no se", "40"),
}  # fmt: skip
MEANT = "I meant yes"
APART = {"POISON": "I took too many pills", "SELF_HARM": "I want to die"}  # heard before all else


@dataclass(frozen=True)
class Words:
    """Something said or texted, and what it tells. word: a bare "yes", "no" or number of it, "meant" for an
    "I meant yes", "" none; bare: nothing else is in it."""

    text: str
    told: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    word: str = ""
    language: str = "en"
    apart: str = ""

    @property
    def bare(self) -> bool:
        """Whether the word is all of it."""
        return bool(self.word) and not (self.told or self.doubts or self.apart) and " " not in self.text


def plain(fact: str, language: str = "en") -> str:
    """How a fact is told in that language; in English where the list has no other words."""
    _, _, english, spanish = FACTS[fact]
    return spanish if language == "es" else english


def facts_of(language: str) -> tuple[str, ...]:
    """The facts that the list has words for in that language."""
    return tuple(fact for fact in FACTS if plain(fact, language))


def told(fact: str, language: str = "en", *, lead: str = "") -> Words:
    """A fact plainly told, behind a "yes and" or a "no but"."""
    begun = {"yes": f"{YES[language]} {AND[language]} ", "no": f"{NO[language]} {BUT[language]} "}
    return Words(begun.get(lead, "") + plain(fact, language), (fact,), word=lead, language=language)


def doubted(fact: str, language: str = "en", *, lead: str = "", how: int = 0) -> Words:
    """A fact told with a "maybe"."""
    begun = {"yes": f"{YES[language]} {AND[language]} ", "no": f"{NO[language]} {BUT[language]} "}
    text = begun.get(lead, "") + f"{MAYBE[language][how]} {plain(fact, language)}"
    return Words(text, (), (fact,), word=lead, language=language)


def both(first: str, second: str, language: str = "en", *, maybe: bool = False) -> Words:
    """Two facts in one breath; the second one with a "maybe"."""
    if maybe and FACTS[first][:2] != FACTS[second][:2]:
        text = f"{plain(first, language)}. {MAYBE[language][0]} {plain(second, language)}"
        return Words(text, (first,), (second,), language=language)
    text = f"{plain(first, language)} {AND[language]} {plain(second, language)}"
    return Words(text, (first, second), language=language)


def number(key: int, language: str = "en", *, lead: str = "", fact: str = "") -> Words:
    """A choice by its number, behind a yes or no, or before a sign."""
    begun = {"yes": f"{YES[language]}, ", "no": f"{NO[language]}, "}.get(lead, "")
    text = begun + NUMBERS[language][key - 1] + (f", {plain(fact, language)}" if fact else "")
    return Words(text, (fact,) if fact else (), word=str(key), language=language)
