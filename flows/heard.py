"""What came in, as the engine hears it: one kind, its value, and everything else that was in it.

Values only. `answers.py` makes them from texts and keys; `engine.py` acts on them."""

from dataclasses import dataclass, field
from enum import Enum


class Kind(Enum):
    """The columns of the stage table. Precedence among those of one text: see `answers.py`."""

    answer = "answer"  # a valid answer to the question that stands open; value is its mask or number
    unsure = "unsure"  # "not sure" to it
    unclear = "unclear"  # not understood, a wrong key, two answers at once
    silence = "silence"  # a prompt went unanswered on the phone
    doubt = "doubt"  # a sign hedged, past, another person's, or beside a "no": never a plain no, asked again
    correction = "correction"  # "I meant yes" where no yes is asked for: it may belong to the question before
    danger = "danger"  # a sign plainly told, or "call an ambulance": takes effect before any answer
    self_harm = "self_harm"
    opt_out = "opt_out"
    wrong_number = "wrong_number"
    help = "help"
    person = "person"  # asks for a nurse, a human, or who this is
    language = "language"  # value: the language's code
    back = "back"
    new = "new"
    same = "same"
    go = "go"
    join = "join"
    private = "private"  # discreet mode; value: whether on
    start = "start"
    advice = "advice"
    more = "more"
    code = "code"  # value: A1 to A20
    call = "call"  # value: True where no message may be left
    text_only = "text_only"
    thanks = "thanks"
    for_other = "for_other"
    poison = "poison"
    abuse = "abuse"
    media = "media"  # a picture, a voice note, an empty text
    repeat = "repeat"  # * on the phone
    escape = "escape"  # 9 on the phone: this is an emergency
    operator = "operator"  # 0 on the phone: a person
    key = "key"  # a digit at a menu of the phone; value: that digit
    place = "place"  # the ZIP code or state that was asked for; value: a reference to its zones, "" skips it
    flag = "flag"  # a red flag in spoken words, asked about before it counts; value: what it is
    rang = "rang"  # a nurse's phone rang in vain, or the talk with the nurse is over
    accepted = "accepted"  # a nurse took the call
    recorded = "recorded"  # a recording ended; value: whether there is one
    late_recording = "late_recording"  # one of a call that is over
    call_began = "call_began"  # value: what a call whose end was told asked for
    reminded = "reminded"  # our check-in call was answered; value: whether by a machine
    hung_up = "hung_up"
    other_call = "other_call"  # of a call that is over: nothing moves; value: what it asked for
    waited = "waited"  # the clock woke an open encounter


@dataclass(frozen=True, slots=True)
class Heard:
    """One inbound text, key entry or silence, understood.

    value: mask or number of an `answer`, code, digit, language. signs: facts plainly told (any kind may
    carry them).
    doubts: facts named but hedged, past or another's. opt_out: an opt-out beside something that outranks it.
    start: START or YES came as an opt-in keyword beside an answer. reading and shown are what `hotline
    understand`
    prints; why: the words that led to the reading."""

    kind: Kind
    value: int | str | bool | None = None
    signs: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    opt_out: bool = False
    poison: bool = False  # too many pills, told beside something that outranks it
    start: bool = False
    early: bool = False  # a key came before the prompt's end, or words before the prompt that stands
    spoken: bool = False  # said on the phone: it may have been heard wrong
    late: bool = (
        False  # came too soon after our question: it belongs to the question before, and may only raise
    )
    tongue: str = ""  # a first text in another language: the one to go on in
    offer: bool = False  # the line that names the languages belongs before the reply
    keep: int = 0  # a mask told to the open question beside something else: raised or asked again, never lost
    reading: str = "unrecognised"
    shown: int | str | tuple[int, ...] | None = None
    gone: bool = False  # said in a call that is over: it raises, and answers nothing
    denied: tuple[str, ...] = field(default=(), compare=False)  # facts named, but only to say no to them
    why: tuple[str, ...] = field(default=(), compare=False)

    @property
    def mask(self) -> int:
        """The choices that were told: those of an answer (no number), else those kept beside it."""
        answered = self.kind is Kind.answer and isinstance(self.value, int)
        return int(self.value or 0) if answered else self.keep
