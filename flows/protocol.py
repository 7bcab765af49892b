"""The protocol as values: questions, rules, dispositions, advice, programme and texts.

Frozen records that the engine reads. May not: parse or open anything (`load.py` does), or decide anything."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from functools import cached_property
from typing import Any

UNASKED = -2  # the question was not asked yet
UNKNOWN = -1  # asked, and its floor was set: unknown is never "no"
NO, YES = (
    1,
    2,
)  # a yes/no answer as a mask; a menu's or list's answer is the mask of its choices, an empty list is NONE
NONE = 1
EMPTY = 0  # nothing told beside the answers


class Level(IntEnum):
    """How soon and where to be seen; a higher number is sooner."""

    self_care = 0
    clinician_soon = 1
    urgent_today = 2
    emergency_now = 3


class Kind(StrEnum):
    """What a question takes for an answer."""

    yes_no = "yes_no"
    menu = "menu"
    list = "list"
    number = "number"


class Medium(StrEnum):
    """How the person reaches us."""

    sms = "sms"
    voice = "voice"


@dataclass(frozen=True, slots=True)
class Test:
    """One condition on a fact of an example case: `fact` has `value`, or is at least / above / at most
    a number."""

    fact: str
    op: str
    value: bool | int


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer of a menu or list: its key, and when it is true of a person (any of the conjunctions)."""

    key: int
    true_when: tuple[tuple[Test, ...], ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """`question` was answered by any choice of `mask`, or by a number `at_least` / `under` a limit."""

    question: str
    place: int
    mask: int = 0
    at_least: int | None = None
    under: int | None = None

    def holds(self, answers: tuple[int, ...]) -> bool:
        """Whether the answers (one an entry, in the protocol's order) fulfil this; an unknown one never
        does."""
        told = answers[self.place]
        if told < 0:
            return False
        if self.mask:
            return bool(told & self.mask)
        return (self.at_least is None or told >= self.at_least) and (self.under is None or told < self.under)


@dataclass(frozen=True, slots=True)
class Question:
    """What we want to know. `floor` is the least level where the answer stays unknown."""

    id: str
    place: int
    kind: Kind
    floor: Level
    source: str
    yes_when: tuple[tuple[Test, ...], ...] = ()
    choices: tuple[Choice, ...] = ()
    fact: str | None = None
    low: int = 0
    high: int = 0
    ask_if: Condition | None = None
    halves: tuple[tuple[int, ...], ...] = ()
    safe_answer: int = NO
    unsure_is: int | None = None

    @property
    def text(self) -> str:
        """The key of its prompt in the texts."""
        return f"ask_{self.id}"

    def keys_of(self, part: int) -> tuple[int, ...]:
        """The choices that part 1 or 2 of a spoken list reads out; part 0 is the whole."""
        return self.halves[part - 1] if part else tuple(choice.key for choice in self.choices)


@dataclass(frozen=True, slots=True)
class Rule:
    """A conjunction of answers and the level it demands, with the text that fits and the line it comes
    from."""

    id: str
    when: tuple[Condition, ...]
    level: Level
    text: str
    source: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A text that a disposition may be told with: where one of its rules fired, or `when` holds, or a
    floor was set."""

    text: str
    when: tuple[Condition, ...] = ()
    floor: bool = False


@dataclass(frozen=True, slots=True)
class Disposition:
    """What follows at one level: texts in order of precedence, and what else is said and owed."""

    level: Level
    texts: tuple[Candidate, ...]
    also: Mapping[Medium, tuple[str, ...]]
    task_due_min: int | None
    offer: bool


@dataclass(frozen=True, slots=True)
class Limits:
    """Tries and waits of an encounter; minutes and hours are stated in the names."""

    unsure: int
    misses: int
    misses_in_a_row: Mapping[Medium, int]
    loop: int
    texts_a_day: int
    answers: int
    nudge_after_min: int
    end_after_nudge_min: int
    resume_within_min: int
    duplicate_within_h: int
    keep_level_h: int
    join_within_h: int
    join_refused_days: int
    adult_age: int
    task_due_min: int


@dataclass(frozen=True, slots=True)
class Advice:
    """One advice text: its code by text, its key in the texts, where it comes from."""

    code: str
    text: str
    source: str


@dataclass(frozen=True, slots=True)
class Faq:
    """The advice texts, the menus that list them by text, and the groups that the phone reads."""

    advice: tuple[Advice, ...]
    menus: tuple[str, ...]
    groups: Mapping[int, tuple[str, ...]]

    def named(self, code: str) -> Advice | None:
        """The advice of a code such as A7."""
        return next((advice for advice in self.advice if advice.code == code), None)


@dataclass(frozen=True, slots=True)
class Step:
    """One message of the programme. `replaces` says that it takes the place of that day's other message."""

    id: str
    day: int
    slot: str
    text: str
    asks: str | None = None
    leave_out: tuple[str, ...] = ()
    only_if: str | None = None
    instead_for: Level | None = None
    instead: str | None = None
    instead_asks: str | None = None
    replaces: bool = False


@dataclass(frozen=True, slots=True)
class CheckIn:
    """The question of a check-in: what each choice 1.. means (better, same, worse, new_sign, seen,
    not_seen)."""

    id: str
    choices: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Programme:
    """The reminder plan. `tags` name who is left out of a step and by which answers.

    weekly_cap: so many texts in any seven days at most. rest_on_holidays: none leaves on one. call_slots: the
    clock time of each hour that may be chosen for check-in calls."""

    id: str
    steps: tuple[Step, ...]
    checkins: Mapping[str, CheckIn]
    tags: Mapping[str, tuple[Condition, ...]]
    onset_days: Mapping[int, int]
    week_days: int
    nudge_after_h: int
    nudge_text: str
    close_text: str
    close_after_day: int
    catch_up_h: int
    call_slots: Mapping[str, str]
    weekly_cap: int = 7
    rest_on_holidays: bool = True
    discreet_texts: Mapping[str, str] = field(default_factory=dict)
    discreet: bool = False  # with everybody who did not choose: a setting of the installation


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence by text and by phone; `when` is its occasion, `spoken_in` a language tag where it
    differs."""

    key: str
    when: str
    sms: str | None
    voice: str | None
    spoken_in: str | None = None


@dataclass(frozen=True, slots=True)
class Times:
    """How a language says a time: on a clock of 12 or 24 `hours`, today or on a day (Monday first, by
    medium)."""

    hours: int
    am: str
    pm: str
    today: str
    on_day: str
    days: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Texts:
    """One language: its sentences, what signs are called, and its answer words as parsed (`answers.py`
    reads them)."""

    language: str
    name: str
    max_segments: int
    spoken_in: str
    texts: Mapping[str, Text]
    heard: Mapping[str, Mapping[str, str]]
    must_mention: Mapping[str, Mapping[str, str]]
    times: Times
    words: Mapping[str, Any]
    voice: str = ""  # the carrier's voice that speaks this language; "" = whatever it has
    hints: tuple[str, ...] = ()  # words that callers are likely to say
    health: frozenset[str] = frozenset()  # words that no discreet text may hold


@dataclass(frozen=True, slots=True)
class Flag:
    """What the oracle says of one fact or combination of facts: the exact least level, its source, and the
    text it is told with where nothing else is told."""

    id: str
    told: tuple[Test, ...]
    level: Level
    source: str
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Oracle:
    """What `flags.yaml` states beside its flags: the least level while an answer stays unknown, by question,
    and which text wins at each level: that of a flag, or any that has tests and whose tests hold."""

    unknown: Mapping[str, Level]
    texts: Mapping[Level, tuple[tuple[str, tuple[Test, ...]], ...]]


@dataclass(frozen=True)
class Protocol:
    """Everything the machine needs, with the hash of its content (levels, rules, texts, flags)."""

    id: str
    version: str
    hash: str
    questions: tuple[Question, ...]
    rules: tuple[Rule, ...]
    dispositions: Mapping[Level, Disposition]
    floor_texts: Mapping[Level, str]
    limits: Limits
    faq: Faq
    programme: Programme
    languages: Mapping[str, Texts]
    placeholders: Mapping[str, "Placeholder"]
    flags: tuple[Flag, ...]
    oracle: Oracle
    files: Mapping[str, str]

    @cached_property
    def places(self) -> Mapping[str, int]:
        """Where each question stands in the order."""
        return {question.id: question.place for question in self.questions}

    @cached_property
    def answers_of_signs(self) -> dict[str, tuple[tuple[Question, int], ...]]:
        """What `rules.sign_answers` has worked out for this protocol; the signs are a closed list of
        names."""
        return {}

    def question(self, id: str) -> Question:
        """The question of that id. KeyError: there is none."""
        return self.questions[self.places[id]]


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A name in braces in the texts: what stands there by default, and how many characters it may take."""

    name: str
    default: str
    longest: int
