"""The ledger of every sign that was planted in what one contact told, and where each of them stands.

It knows what the words mean from `planted.py`, and looks only at where the conversation stands after each
turn: a sign must count, wait, be asked about (again), or have been told or owed at its level. May not: read
what the program heard."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from flows.pending import mask_of, signs_of
from flows.protocol import UNASKED, Level, Protocol
from flows.session import Session, Stage
from hotline.store import Change
from tests.hotline.planted import CHOICES, DANGER, FACTS, HALVES, KEYS, UNKNOWN, YES_NO, E, S, Words

LATE_S, LAPSED_MIN, KEPT_H = 2, 60, 24
STANDING = (Stage.idle, Stage.asking, Stage.told)
YES_MASK = 2


class Lost(AssertionError):
    """A planted sign is nowhere, or a caller heard nothing. way: what tells one such hole from another."""

    def __init__(self, told: str, way: tuple[str, ...] = ()) -> None:
        super().__init__(told)
        self.way = way


@dataclass
class Planted:
    """A sign that was told: `key` of `question`; doubt: hedged, or heard wrong."""

    question: str
    key: int
    words: str
    doubt: bool
    apart: bool = False  # a call for help: an emergency must be told at once
    word: bool = False  # a yes or a number: beside something else it may be asked again
    credit: Level = S  # the highest level that was told or owed since
    asked: set[int] = field(default_factory=set)  # the halves of its question (0: the whole) asked since
    answered: set[int] = field(default_factory=set)

    @property
    def mask(self) -> int:
        """The answer that it is."""
        return YES_MASK if self.question in YES_NO else 1 << self.key

    @property
    def need(self) -> Level:
        """The least level that must be told or owed for it."""
        return UNKNOWN[self.question] if self.doubt else CHOICES[self.question][self.key]

    @property
    def settled(self) -> bool:
        """Whether a doubt was asked about and answered since."""
        half = next((half for half, keys in HALVES.items() if self.key in keys), 0)
        halves = {0, half} if self.question == "risks" else {0}
        return self.doubt and bool(self.answered & halves)


class Ledger:
    """What one contact told, and what became of it. step: what they did last."""

    def __init__(self, protocol: Protocol, at: datetime) -> None:
        self.protocol, self.at = protocol, at
        self.planted: list[Planted] = []
        self.taken_by_nurse = False
        self.step = ""
        self.known: frozenset[tuple[str, ...]] = frozenset()  # holes that a search passes over

    def hears(self, session: Session, words: Words, *, sure: bool, here: bool) -> None:
        """Words said aloud. here: to the prompt that stands, not to an older one."""
        if here and session.stage is Stage.confirming:
            if words.bare and words.word == "no" and sure:
                self.wrong(session)
            elif words.word.isdigit() and " " in words.text:  # alone it may be meant for a key
                self._plant_word(session, session.asked, words)
        elif here and session.stage is Stage.asking:
            if sure:
                self.answers(session, self._said(session, words), word=True)
            self._answers_by_sign(session, words)
            self._plant_word(session, session.asked, words)
        self.tells(words)

    def texts(self, session: Session, words: Words, after_s: float) -> None:
        """A text so many seconds later."""
        standing = session.stage if session.stage in STANDING else session.back_to
        since_s = self.at.timestamp() + after_s - session.asked_at
        late = standing is Stage.asking and 0 <= since_s < LATE_S
        if standing is Stage.asking and since_s < LAPSED_MIN * 60:
            if late:
                self._plant_word(session, session.before, words)
            else:
                if session.stage is Stage.asking:
                    self.answers(replace(session, part=0), self._said(session, words), word=True)
                self._answers_by_sign(session, words)
                self._plant_word(session, session.asked, words)
        self.tells(words)

    def tells(self, words: Words) -> None:
        """The facts that these words tell."""
        for fact in words.told:
            if fact == DANGER:
                self.calls_for_help(words.text)
            else:
                self._plant(*FACTS[fact][:2], words.text, doubt=False)
        for fact in words.doubts:
            if fact != DANGER:
                self._plant(*FACTS[fact][:2], words.text, doubt=True)

    def _plant_word(self, session: Session, asked: int, words: Words) -> None:
        """A bare "yes" or number told to the open question."""
        if asked < 0:
            return
        question = self.protocol.questions[asked].id
        if words.word == "meant":
            return self._plant_meant(session)
        others = any(FACTS[fact][0] != question for fact in (*words.told, *words.doubts))
        if words.word == "yes" and question in YES_NO:
            # Beside a sign of another question it may be meant for that.
            self._plant(question, 1, words.text, doubt=others, word=True)
        if words.word.isdigit() and question not in YES_NO and int(words.word) in CHOICES.get(question, {}):
            here = HALVES.get(session.part, range(9)) if question == "risks" else range(9)
            if int(words.word) in here:
                self._plant(question, int(words.word), words.text, doubt=False, word=True)

    def _plant_meant(self, session: Session) -> None:
        """ "I meant yes" where no yes is asked for: it doubts the answer before."""
        asked, before = (self.protocol.questions[place] for place in (session.asked, session.before))
        answered = session.before >= 0 and session.answers[session.before] >= 0
        if answered and before.id in YES_NO and asked.id not in (*YES_NO, "relief"):
            self._plant(before.id, 1, "I meant yes", doubt=True)

    def calls_for_help(self, words: str) -> None:
        """911, or words like "call an ambulance"."""
        self.planted.append(Planted("heart", 1, words, doubt=False, apart=True))

    def _plant(self, question: str, key: int, words: str, *, doubt: bool, word: bool = False) -> None:
        plain = (sign for sign in self.planted if not sign.doubt)
        if doubt and any((sign.question, sign.key) == (question, key) for sign in plain):
            return  # told already: no doubt takes it back
        self.planted.append(Planted(question, key, words, doubt, word=word))

    def answers(self, session: Session, told: str, *, word: bool = False) -> None:
        """The open question gets an answer in so many words: doubts that it was asked about are over."""
        if session.stage is not Stage.asking:
            return
        question, part = self.protocol.questions[session.asked].id, session.part
        if self._is_answer(question, told):
            self._clear(question, part)
            here = HALVES.get(part, range(9)) if question == "risks" else range(9)
            for digit in told if question in CHOICES and told.isdigit() else "":
                if question in YES_NO and digit == "1":
                    self._plant(question, 1, told, doubt=False, word=word)
                elif question not in YES_NO and int(digit) in CHOICES[question] and int(digit) in here:
                    self._plant(question, int(digit), told, doubt=False, word=word)

    def _said(self, session: Session, words: Words) -> str:
        """The word as an answer: a number is none to a yes/no question where it is not keyed."""
        question = self.protocol.questions[session.asked].id
        return "" if question in (*YES_NO, "relief") and words.word.isdigit() else words.word

    def _is_answer(self, question: str, told: str) -> bool:
        if question in ("age", "pain"):
            return told.isdigit()
        if question == "risks":
            return told in ("0", "#", "none", "no") or (told.isdigit() and "9" not in told)
        if question in YES_NO or question == "relief":
            return told in ("1", "2", "yes", "no")
        return told.isdigit() and 1 <= int(told) <= KEYS[question]

    def _answers_by_sign(self, session: Session, words: Words) -> None:
        """A sign of the open question is an answer to it, too."""
        if session.stage is not Stage.asking:
            return
        question = self.protocol.questions[session.asked].id
        for fact in words.told:
            if FACTS[fact][0] == question:
                self._clear(question, session.part)

    def _clear(self, question: str, part: int) -> None:
        for sign in self.planted:
            if sign.doubt and sign.question == question and (sign.asked & {0, part}):
                sign.answered.add(part)

    def wrong(self, session: Session) -> None:
        """What waits was heard wrong: from now on it is a doubt."""
        for sign in self.planted:
            if not sign.doubt and self._waits(session, sign) and not self._counts(session, sign):
                sign.doubt, sign.asked, sign.answered = True, set(), set()

    def weigh(self, change: Change, session: Session, *, ended: bool) -> None:
        """What became of each sign in this turn. Lost."""
        self._credit(change, session)
        self._asked(said_in(change))
        self._weigh(session, change, ended=ended)

    def _credit(self, change: Change, session: Session) -> None:
        event = change.events[0]
        levels = [Level[task.level] for task in change.tasks]
        if "level" in event and (event["finished"] == "1" or self.taken_by_nurse):
            levels.append(Level[event["level"]])
        if session.told_level is E and self.at.timestamp() - session.told_at < KEPT_H * 3600:
            levels.append(E)
        for sign in self.planted:
            sign.credit = max([sign.credit, *levels])

    def _asked(self, said: tuple[str, ...]) -> None:
        for text in said:
            for sign in self.planted:
                if text == f"ask_{sign.question}":
                    sign.asked.add(0)
                elif text.startswith(f"ask_{sign.question}_"):
                    sign.asked.add(int(text[-1]))

    def _weigh(self, session: Session, change: Change, *, ended: bool) -> None:
        self.planted = [sign for sign in self.planted if not sign.settled]
        event = change.events[0]
        over = (ended and not session.call) or "level" in event  # the end of another call is none
        for sign in [*self.planted]:
            if over and sign.credit < sign.need:
                self._lose(sign, session, "ended too low")
            elif sign.credit < E and not self._stands(session, sign, over=over):
                self._lose(sign, session, "is nowhere")
        if "level" in event and event["finished"] == "1":
            self.planted = []

    def let_go_of_old(self, session: Session | None) -> None:
        """What was told or owed a day ago is kept no longer."""
        if session is not None and not self._fresh(session):
            self.planted = [sign for sign in self.planted if sign.credit < sign.need]

    def _fresh(self, session: Session) -> bool:
        return self.at.timestamp() - session.asked_at < KEPT_H * 3600

    def _stands(self, session: Session, sign: Planted, *, over: bool) -> bool:
        """Whether it counts, waits, or will be asked about (again)."""
        if sign.apart:
            return False
        if over and not session.unfinished:
            return True  # it was told, at its level
        if sign.credit >= sign.need and (not self._fresh(session) or self._told_no_less(session, sign)):
            return True
        if self._counts(session, sign) or self._waits(session, sign):
            return True
        in_doubt = session.doubted >> self.protocol.places[sign.question] & 1
        if sign.word and (in_doubt or session.floor >= sign.need):
            sign.doubt = True  # it was heard as one: its question is asked (again), or was too often
        return sign.doubt and self._will_ask(session, sign)

    def _told_no_less(self, session: Session, sign: Planted) -> bool:
        """Whether its level was told too, and nothing lower will be told for a day: staff look for it."""
        kept = self.at.timestamp() - session.told_at < KEPT_H * 3600
        return kept and session.told_level >= sign.need

    def _counts(self, session: Session, sign: Planted) -> bool:
        noted = session.merged()[self.protocol.places[sign.question]]
        return noted > 0 and bool(noted & sign.mask)

    def _waits(self, session: Session, sign: Planted) -> bool:
        asked = self.protocol.questions[session.asked].id
        if asked == sign.question and mask_of(session.pending) & sign.mask:
            return True
        return any(FACTS[fact][:2] == (sign.question, sign.key) for fact in signs_of(session.pending))

    def _will_ask(self, session: Session, sign: Planted) -> bool:
        place = self.protocol.places[sign.question]
        question = self.protocol.questions[place]
        standing = session.stage if session.stage in STANDING else session.back_to
        if session.doubted >> place & 1:
            return True
        if not session.unfinished:  # at the greeting all is still to be asked
            return session.stage in (Stage.greeting, Stage.idle) and bool(session.call)
        if standing is Stage.asking and session.asked == place:
            return True
        if session.answers[place] == UNASKED and question.ask_if is None:
            return True
        return session.floor >= sign.need  # asked so often that it stays unknown

    def _lose(self, sign: Planted, session: Session, how: str) -> None:
        asked = self.protocol.questions[session.asked].id if session.asked >= 0 else ""
        kind = "doubt" if sign.doubt else "sign"
        way = (kind, how, self.step[2:].partition("'")[0], session.stage.name)
        if way in self.known:
            return self.planted.remove(sign)
        raise Lost(
            f"{kind} {sign.words!r} ({sign.question}={sign.key}, {sign.need.name}) {how} after {self.step};"
            f" stage {session.stage.name}/{session.back_to.name} asked {asked} answers {session.answers}"
            f" raised {session.raised} doubted {session.doubted} pending {session.pending!r}"
            f" floor {session.floor.name} level {session.level.name} credit {sign.credit.name}",
            way,
        )


def said_in(change: Change) -> tuple[str, ...]:
    """The keys of what a turn said."""
    return tuple(change.events[0].get("said", "").split(","))
