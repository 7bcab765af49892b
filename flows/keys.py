"""What keys on a phone mean: at a question, at the second half of a list, at a menu.

Pure. May not: read words (`answers.py`) or decide what follows (`engine.py`)."""

import re

from flows.heard import Heard, Kind
from flows.protocol import EMPTY, NO, NONE, YES, Protocol, Question
from flows.protocol import Kind as Takes
from flows.rules import may_tell
from flows.session import Session, Stage

EMERGENCY_KEYS = "911"
UNSURE_AT_YES_NO, UNSURE_AT_MENU = "3", "5"
YES_NO = {"1": YES, "2": NO}
_ZIP = re.compile("[0-9]{5}")
ESCAPE, OPERATOR, REPEAT, END = "9", "0", "*", "#"
EVERYWHERE = {ESCAPE: Kind.escape, OPERATOR: Kind.operator}  # the same at every prompt that takes one key


def press(
    protocol: Protocol, session: Session, keys: str, *, early: bool = False, emergency: str = EMERGENCY_KEYS
) -> Heard:
    """What these keys mean where the call stands. keys: digits, * and #, "" for an entry that was ended
    empty.

    early: they came before the prompt's end. emergency: the number that is one in every state. Never
    raises on any keys."""
    if session.stage is Stage.placing and _ZIP.fullmatch(keys):
        return Heard(Kind.place, keys)  # many a ZIP code ends in 911
    if keys.endswith((EMERGENCY_KEYS, emergency)):
        return _emergency(keys)
    if session.stage in (Stage.escape, Stage.stopped) and keys.startswith(EMERGENCY_KEYS[1:]):
        return _emergency(keys)  # the 9 of 911 was heard as a key of its own
    if session.stage is Stage.placing:
        return _place(keys)
    if session.stage is not Stage.asking:
        return _at_menu(keys)
    question = protocol.questions[session.asked]
    if question.kind in (Takes.number, Takes.list):
        return _entry(question, session, keys, early)
    return _one_key(question, keys)


def signs_keyed(protocol: Protocol, session: Session, keys: str, question: Question) -> int:
    """The signs among what these keys answer to that question, or may, where they are "not sure": a mask."""
    asked = session.changed({"stage": Stage.asking, "asked": question.place, "part": 0})
    return may_tell(question, press(protocol, asked, keys))


def key_of_before(protocol: Protocol, session: Session, key: str) -> Heard | None:
    """Key 9 or 0, pressed or said to a prompt of before. None: neither, or a question may have asked for
    it as a number."""
    asked = (protocol.questions[place] for place in (session.before, session.asked) if place >= 0)
    one_key = all(question.kind in (Takes.yes_no, Takes.menu) for question in asked)
    return Heard(EVERYWHERE[key]) if one_key and key in EVERYWHERE else None


def _emergency(keys: str) -> Heard:
    return Heard(Kind.danger, signs=("danger",), reading="emergency_statement", why=(keys,))


def _place(keys: str) -> Heard:
    """The digits of a ZIP code up to #, which alone skips it; 9, 0 and star as at a number."""
    if keys.endswith(REPEAT):
        return Heard(Kind.repeat)
    entered = keys.rpartition(REPEAT)[2]
    if not entered:
        return Heard(Kind.place, "")
    if entered in (ESCAPE, OPERATOR):
        return _at_menu(entered)
    return Heard(Kind.place if _ZIP.fullmatch(entered) else Kind.key, entered)


def _at_menu(keys: str) -> Heard:
    common = EVERYWHERE | {REPEAT: Kind.repeat}
    return Heard(common[keys]) if keys in common else Heard(Kind.key, keys)


def _one_key(question: Question, keys: str) -> Heard:
    if keys in (ESCAPE, OPERATOR, REPEAT):
        return _at_menu(keys)
    if question.kind is Takes.yes_no:
        if keys == UNSURE_AT_YES_NO:
            return Heard(Kind.unsure, reading="unsure")
        return Heard(Kind.answer, YES_NO[keys]) if keys in YES_NO else Heard(Kind.unclear)
    if keys == UNSURE_AT_MENU:
        return Heard(Kind.unsure, reading="unsure")
    choices = {str(choice.key): 1 << choice.key for choice in question.choices}
    return Heard(Kind.answer, choices[keys]) if keys in choices else Heard(Kind.unclear)


def _entry(question: Question, session: Session, keys: str, early: bool) -> Heard:
    """Digits up to #; a star repeats, and a 9 or 0 right after it is the one key of other questions."""
    if keys.endswith(REPEAT):
        return Heard(Kind.repeat)
    before, star, entered = keys.rpartition(REPEAT)
    if star and entered in (ESCAPE, OPERATOR):
        return _at_menu(entered)
    if question.kind is Takes.number:
        return _number(question, entered)
    return _list(question, session, entered, early)


def _number(question: Question, entered: str) -> Heard:
    """Digits in range; # alone is the phone's way to say "not sure" to a number, which has no key for it."""
    if not entered:
        return Heard(Kind.unsure, reading="unsure")
    if re.fullmatch("[0-9]{1,3}", entered) and question.low <= int(entered) <= question.high:
        return Heard(Kind.answer, int(entered))
    return Heard(Kind.unclear)


def _list(question: Question, session: Session, entered: str, early: bool) -> Heard:
    if not entered:
        return Heard(Kind.answer, EMPTY) if session.more else Heard(Kind.unclear)
    if set(entered) == {"0"}:
        return Heard(Kind.answer, NONE, early=early)
    if entered == ESCAPE and all(choice.key != int(ESCAPE) for choice in question.choices):
        return _at_menu(ESCAPE)  # no choice here, and the caller was told what 9 is
    here = {str(key): 1 << key for key in question.keys_of(session.part)}
    mask = 0
    for digit in entered:
        mask |= here.get(digit, 0)
    if all(digit in here for digit in entered):
        return Heard(Kind.answer, mask, early=early)
    return Heard(Kind.unclear, keep=mask)  # what was keyed is raised all the same: nothing told is lost
