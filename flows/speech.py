"""What somebody said on the phone means where the call stands: the reader of texts, and what is different
when words were heard by a machine.

A red flag heard so is asked about before it counts (`confirming.py`), except a plain call for help: that
counts at once. Keys always work beside it. May not: decide what follows, or raise on any words."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from flows import tongues
from flows.answers import corrects, digit_alone, is_bare_no, names_texts, takes_back, without_no
from flows.heard import Heard, Kind
from flows.keys import EVERYWHERE, key_of_before, press, signs_keyed
from flows.pending import BESIDE, MASK, SIGNS
from flows.protocol import YES, Protocol, Question
from flows.protocol import Kind as Takes
from flows.rules import is_of, may_tell, sign_mask, signs_in, signs_of_question
from flows.session import Session, Stage

DANGER = "danger"
ANSWERS = (Kind.answer, Kind.unsure, Kind.unclear, Kind.doubt, Kind.correction)
# What is done on the phone as it is by text; every other keyword is no word of the phone.
KEPT = (Kind.self_harm, Kind.poison, Kind.abuse, Kind.help, Kind.language, Kind.opt_out)
AT_ONCE = (Kind.self_harm, Kind.poison)  # heard however unsure the carrier is: their words harm nobody
ASKS_PERSON = (Kind.person, Kind.call)
Told = Callable[[Question], int]
SAID_KEYS = (Kind.escape, Kind.operator, Kind.unsure)  # no other key is taken on trust where it is said


def listen(protocol: Protocol, session: Session, words: str, confidence: float, least: float) -> Heard:
    """What these words mean in a call. confidence: how sure the carrier is of them, 0 to 1; under `least`
    they are no answer, but a sign in them is asked about all the same. A wish for no more texts is heard
    beside all else, where it is one surely."""
    sure = confidence >= least
    if session.stage is Stage.confirming:
        heard = _right_or_wrong(protocol, session, words, sure)
    elif session.stage is Stage.asking:
        heard = _answer(protocol, session, words, sure)
    else:
        return overheard(protocol, session, words, sure=sure)
    return _wished(protocol, session, words, heard, sure)


def _wished(protocol: Protocol, session: Session, words: str, heard: Heard, sure: bool) -> Heard:
    if heard.kind is not Kind.correction:
        heard = replace(heard, doubts=(*heard.doubts, *takes_back(protocol, session, words)))
    wish = sure and heard.kind is not Kind.opt_out and names_texts(protocol, words, session.language)
    return replace(heard, opt_out=wish)


def _answer(protocol: Protocol, session: Session, words: str, sure: bool) -> Heard:
    question = protocol.questions[session.asked]
    if key := _key(protocol, session, question, words):
        return key
    heard = tongues.listen(protocol, words, question.id, session.language)
    if flag := _flag(protocol, session, heard):
        return flag
    if heard.kind in ASKS_PERSON:
        return Heard(Kind.operator, doubts=heard.doubts, keep=heard.keep, spoken=True)
    if heard.kind is Kind.opt_out and not names_texts(protocol, words, session.language):
        return _unclear(heard)
    if (sure or heard.kind in AT_ONCE) and heard.kind in (*ANSWERS, *KEPT):
        heard = replace(heard, spoken=True, start=False)
    else:
        heard = _unclear(heard)
    if heard.kind is Kind.unclear and corrects(protocol, session, words, aloud=True):
        return replace(heard, kind=Kind.correction)
    return heard


def _key(protocol: Protocol, session: Session, question: Question, words: str) -> Heard | None:
    """A key that is said instead of pressed, where no number is an answer: 1 of a yes is asked about as any
    flag, 9 and 0 are heard as everywhere, and so is the key for "not sure". 2 may be a word misheard."""
    if question.kind not in (Takes.yes_no, Takes.menu):
        return None
    key = digit_alone(protocol, words, session.language)
    if key == "1" and question.kind is Takes.yes_no and sign_mask(question):
        return Heard(Kind.flag, f"{MASK}{YES}", spoken=True)
    heard = press(protocol, session, key) if key else None
    return replace(heard, spoken=True) if heard and heard.kind in SAID_KEYS else None


def said_beside(protocol: Protocol, session: Session, words: str, heard: Heard) -> Heard:
    """Keys, and what was said beside them: words of self-harm outrank them, and so does a sign where no
    question is open, or waits; none is lost."""
    asked = protocol.questions[session.asked] if _is_open(session) else None
    said = tongues.listen(protocol, words, asked.id if asked else None, session.language)
    signs = tuple(dict.fromkeys((*heard.signs, *said.signs)))
    doubts = tuple(dict.fromkeys((*heard.doubts, *said.doubts)))
    if said.kind is Kind.self_harm or (said.signs and not asked):
        kind = Kind.danger if said.kind is not Kind.self_harm else said.kind
        return replace(said, kind=kind, signs=signs, doubts=doubts, spoken=True)
    poison = said.poison or said.kind is Kind.poison
    heard = replace(heard, signs=signs, doubts=doubts, poison=poison)
    told = signs_in(asked, said.mask) if asked else 0
    return replace(heard, keep=heard.keep | told & ~heard.mask)


def overheard(protocol: Protocol, session: Session, words: str, *, sure: bool, gone: bool = False) -> Heard:
    """Words that answer nothing here: said at a menu, or to a prompt of before. A call for help counts at
    once, a sign is asked about where a question stands open and counts where none does, a wish for a person
    leads to one; anything else hears where the call stands. sure: whether the carrier is. gone: that call is
    over or left, so nobody can be asked: a sign counts at once."""
    can_ask = not gone and session.stage is not Stage.confirming and _is_open(session)
    heard = _in_passing(protocol, session, words, can_ask=can_ask)
    if heard.kind is Kind.repeat:
        key = key_of_before(protocol, session, digit_alone(protocol, words, session.language))
        if key:
            return replace(key, spoken=True)
    heard = perhaps_answered(session, protocol, heard, partial(_may_tell, protocol, session, words))
    return _wished(protocol, session, words, heard, sure)


def _may_tell(protocol: Protocol, session: Session, words: str, question: Question) -> int:
    """The signs that these words tell to this question, or may: "not sure" is no "no", and nor is its key."""
    key = digit_alone(protocol, words, session.language)
    if key and question.kind in (Takes.yes_no, Takes.menu):
        return signs_keyed(protocol, session, key, question)
    return may_tell(question, tongues.listen(protocol, words, question.id, session.language))


def _is_open(session: Session) -> bool:
    return Stage.asking in (session.stage, session.back_to)


def perhaps_answered(session: Session, protocol: Protocol, heard: Heard, told: Told) -> Heard:
    """An answer to an older prompt is none; but a sign in it puts the questions in doubt that it may be meant
    for: the one that stands open, and the one before, which something else may have answered meanwhile.
    told: the signs that it tells to a question, a mask."""
    if not (_is_open(session) or session.unfinished):
        return heard
    open, before = (_fresh(session, protocol, place, told) for place in (session.asked, session.before))
    doubts = signs_of_question(protocol, protocol.questions[session.before])[:1] if before else ()
    return replace(heard, keep=open, doubts=(*heard.doubts, *doubts)) if open or before else heard


def _fresh(session: Session, protocol: Protocol, place: int, told: Told) -> int:
    """The signs that are told to the question of that place and were not before: a mask."""
    return told(protocol.questions[place]) & ~max(0, session.merged()[place]) if place >= 0 else 0


def _in_passing(protocol: Protocol, session: Session, words: str, *, can_ask: bool) -> Heard:
    heard = tongues.listen(protocol, words, None, session.language)
    if heard.kind in AT_ONCE:
        return replace(heard, spoken=True)
    if not heard.signs:
        kind = Kind.operator if heard.kind in ASKS_PERSON else Kind.repeat
        return Heard(kind, doubts=heard.doubts, spoken=True)
    if can_ask and DANGER not in heard.signs:
        return replace(_sign(heard), early=True)  # before the prompt that stands: it is no answer to that
    return replace(heard, kind=Kind.danger, spoken=True)


def _flag(protocol: Protocol, session: Session, heard: Heard) -> Heard | None:
    """A red flag among the words, to be asked about; a call for help, which is not."""
    if heard.kind is Kind.self_harm:
        return None
    if DANGER in heard.signs:
        return replace(heard, kind=Kind.danger, spoken=True)
    question = protocol.questions[session.asked]
    if heard.signs:
        return _sign(heard, any(is_of(protocol, sign, question) for sign in heard.signs))
    told = heard.mask if heard.kind in (Kind.answer, Kind.unclear) else 0
    if signs_in(question, told):
        return Heard(Kind.flag, f"{MASK}{told}", doubts=heard.doubts, spoken=True)
    return None


def _sign(heard: Heard, own: bool = False) -> Heard:
    """Signs to be asked about. own: a choice told beside them is of their question, and waits with them."""
    told = ",".join(heard.signs)
    waits = f"{SIGNS}{heard.keep}{BESIDE}{told}" if own and heard.keep else SIGNS + told
    keep = 0 if own else heard.keep
    return Heard(Kind.flag, waits, doubts=heard.doubts, poison=heard.poison, keep=keep, spoken=True)


def _unclear(heard: Heard) -> Heard:
    return Heard(Kind.unclear, doubts=heard.doubts, keep=heard.keep, spoken=True, why=heard.why)


def _right_or_wrong(protocol: Protocol, session: Session, words: str, sure: bool) -> Heard:
    """Yes or no to "is that right?"; any sign in the words makes it right, and only a bare "no" that was
    heard surely makes it wrong. Self-harm, poison and a person are heard here too, and a doubt is kept."""
    question = next(question for question in protocol.questions if question.kind is Takes.yes_no)
    heard = tongues.listen(protocol, words, question.id, session.language)
    if heard.kind in AT_ONCE:
        return replace(heard, keep=0, spoken=True)
    heard = replace(heard, keep=_choice(protocol, session, words))
    if heard.signs or heard.keep:
        return replace(heard, kind=Kind.danger, spoken=True)
    if heard.kind in ASKS_PERSON:
        return Heard(Kind.operator, doubts=heard.doubts, spoken=True)
    key = digit_alone(protocol, words, session.language)
    if key == "1" or (heard.kind is Kind.answer and heard.value == YES):
        return Heard(Kind.key, "1", doubts=heard.doubts, spoken=True)
    if key in EVERYWHERE:
        return Heard(EVERYWHERE[key], doubts=heard.doubts, spoken=True)
    if sure and is_bare_no(protocol, words, session.language):
        return Heard(Kind.key, "2", doubts=heard.doubts, spoken=True)
    return _unclear(heard)


def _choice(protocol: Protocol, session: Session, words: str) -> int:
    """The signs among the choices of the open question that these words name ("no, four"): a mask. 1 or 2
    alone is a key of "is that right?"."""
    question = protocol.questions[session.asked]
    is_key = digit_alone(protocol, words, session.language) in ("1", "2")
    if is_key or question.kind not in (Takes.menu, Takes.list):
        return 0
    told = _told(protocol, session, words, question)
    if told:  # "no las dos" reads as "no, two", and is "no, both" where no comma was heard
        told |= _told(protocol, session, without_no(protocol, words, session.language), question)
    return told


def _told(protocol: Protocol, session: Session, words: str, question: Question) -> int:
    """The signs among the answers to this question that these words give: a mask."""
    return signs_in(question, tongues.listen(protocol, words, question.id, session.language).mask)
