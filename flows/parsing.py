"""The shapes of the protocol's files: what a clinician may write in them, checked by pydantic before
anything is built.

May not: open files or compare one file with another (`load.py`, `checks.py`)."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from flows.protocol import Kind

LevelName = Literal["emergency_now", "urgent_today", "clinician_soon", "self_care"]
YesNo = Literal["yes", "no"]
Limit = dict[Literal["at_least", "at_most", "above", "under"], int]
Telling = dict[str, bool | Limit]
Answer = YesNo | int | list[int] | dict[Literal["all", "at_least", "under"], int | list[int]]
When = dict[str, Answer]
CLOCK = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"


class Strict(BaseModel):
    """A mapping whose keys are all known."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, populate_by_name=True)


class PlaceholderShape(Strict):
    """A name in braces: its default and its longest value in characters."""

    default: str
    longest: int = Field(ge=1)


class RunsShape(Strict):
    """Misses in a row that end an encounter, by medium."""

    sms: int = Field(ge=1)
    voice: int = Field(ge=1)


class LimitsShape(Strict):
    """Tries and waits."""

    unsure: int = Field(ge=1)
    misses: int = Field(ge=1)
    misses_in_a_row: RunsShape
    loop: int = Field(ge=2)
    texts_a_day: int = Field(ge=50)
    answers: int = Field(ge=1)
    nudge_after_min: int = Field(ge=1)
    end_after_nudge_min: int = Field(ge=1)
    resume_within_min: int = Field(ge=1)
    duplicate_within_h: int = Field(ge=0)
    keep_level_h: int = Field(ge=1)
    join_within_h: int = Field(ge=1)
    join_refused_days: int = Field(ge=1)
    adult_age: int = Field(ge=1)
    task_due_min: int = Field(ge=1)


class QuestionShape(Strict):
    """One question."""

    id: str
    kind: Kind
    floor: LevelName
    source: str
    yes_when: list[Telling] = []
    choices: dict[int, list[Telling]] = {}
    fact: str | None = None
    low: int = Field(0, alias="from")
    high: int = Field(0, alias="to")
    ask_if: When | None = None
    halves: list[list[int]] = []
    safe_answer: YesNo = "no"
    unsure_is: YesNo | None = None


class RuleShape(Strict):
    """One rule."""

    id: str
    when: When = Field(min_length=1)
    level: LevelName
    text: str
    source: str = Field(min_length=3)


class CandidateShape(Strict):
    """A disposition's text that wins by a condition or by a floor."""

    text: str
    when: When = {}
    floor: YesNo = "no"


class DispositionShape(Strict):
    """What one level is told with."""

    texts: list[str | CandidateShape] = Field(min_length=1)
    also: dict[Literal["sms", "voice"], list[str]] = {}
    task_due_min: int | None = None
    offer: YesNo = "no"


class ProtocolShape(Strict):
    """protocol.yaml"""

    id: str
    version: str
    languages: list[str] = Field(min_length=1)
    placeholders: dict[str, PlaceholderShape]
    limits: LimitsShape
    questions: list[QuestionShape] = Field(min_length=1)
    rules: list[RuleShape] = Field(min_length=1)
    dispositions: dict[LevelName, DispositionShape]
    floor_texts: dict[LevelName, str]


class FlagShape(Strict):
    """One line of the oracle."""

    id: str
    told: Telling = Field(min_length=1)
    level: LevelName
    text: str | None = None
    source: str


class WinsShape(Strict):
    """A text that wins for everybody of whom `told` holds."""

    text: str
    told: Telling


class FlagsShape(Strict):
    """flags.yaml"""

    unknown: dict[str, LevelName] = {}
    texts: dict[LevelName, list[str | WinsShape]] = {}
    flags: list[FlagShape] = Field(min_length=1)


class AdviceShape(Strict):
    """One advice text."""

    code: str = Field(pattern=r"^A[1-9][0-9]?$")
    text: str
    source: str = Field(min_length=3)


class FaqShape(Strict):
    """faq.yaml"""

    menus: list[str]
    advice: list[AdviceShape]
    groups: dict[int, list[str]]


class StepShape(Strict):
    """One message of the programme."""

    id: str
    day: int = Field(ge=1)
    slot: str = Field(pattern=r"^[0-2][0-9]:[0-5][0-9]$")
    text: str
    asks: str | None = None
    leave_out: list[str] = []
    only_if: str | None = None
    instead_for: LevelName | None = None
    instead: str | None = None
    instead_asks: str | None = None
    replaces: bool = False


class CheckInShape(Strict):
    """The question of a check-in."""

    choices: dict[int, str]


class CallSlotsShape(Strict):
    """When check-in calls come, by the hour that was chosen."""

    morning: str = Field(pattern=CLOCK)
    noon: str = Field(pattern=CLOCK)
    evening: str = Field(pattern=CLOCK)


class ProgrammeShape(Strict):
    """programme.yaml"""

    id: str
    week_days: int = 7
    nudge_after_h: int
    nudge_text: str
    close_text: str
    close_after_day: int
    catch_up_h: int
    call_slots: CallSlotsShape
    weekly_cap: int = Field(7, ge=1, le=7)
    rest_on_holidays: bool = True
    discreet_texts: dict[str, str] = {}
    onset_days: dict[int, int]
    tags: dict[str, When]
    checkins: dict[str, CheckInShape]
    steps: list[StepShape] = Field(min_length=1)


class TextShape(Strict):
    """One sentence."""

    when: str = ""
    sms: str | None = None
    voice: str | None = None
    spoken_in: str | None = None


class TimesShape(Strict):
    """How a time of the nurse desk is said."""

    hours: Literal[12, 24]
    am: str = ""
    pm: str = ""
    today: str = Field(pattern=r"\{clock\}")
    on_day: str = Field(pattern=r"\{clock\}.*\{day\}|\{day\}.*\{clock\}")
    days: dict[Literal["sms", "voice"], Annotated[list[str], Field(min_length=7, max_length=7)]] = Field(
        min_length=2
    )


class TextsShape(Strict):
    """texts/<language>.yaml"""

    language: str
    name: str
    max_segments: int = Field(ge=1, le=2)
    spoken_in: str
    voice: str = ""
    hints: list[str] = []
    health: str = ""
    texts: dict[str, TextShape]
    heard: dict[str, dict[Literal["sms", "voice"], str]] = {}
    must_mention: dict[str, dict[str, str]] = {}
    times: TimesShape
    words: dict[str, Any] = {}
