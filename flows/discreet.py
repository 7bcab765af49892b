"""Discreet mode: the follow-up without a word of health, for people who share a phone.

Which texts have a discreet one in their place, and who gets it. Answers that open the questions speak
plainly, as the questions do. May not: choose a step (`programme.py`), or judge a wording
(`health_words.py`)."""

from dataclasses import replace

from flows.enrolment import DISCREET, PLAIN, Enrolment
from flows.protocol import Programme
from flows.wording import Say

FOLLOW_UP = (
    Say.optin_confirm, Say.zip_done, Say.already_in, Say.better, Say.same_lt8, Say.same_day7, Say.same_ge8,
    Say.seen_no, Say.unfinished, Say.TIMEOUT_END, Say.CALL_CUT, Say.voice_checkin,
    Say.voice_already_in,
)  # fmt: skip
"""What the machine itself says of the follow-up, or unasked, beside the programme's own texts."""
OF_THE_SWITCH = (Say.private_on, Say.private_off, Say.private_none)


def speaks(programme: Programme, enrolment: Enrolment | None) -> bool:
    """Whether the follow-up speaks discreetly with this person: by their choice, else as the installation
    does with everybody."""
    tags = enrolment.left_out if enrolment else ()
    return DISCREET in tags or (programme.discreet and PLAIN not in tags)


def chosen(enrolment: Enrolment, on: bool) -> Enrolment:
    """The enrolment of somebody who chose."""
    others = tuple(tag for tag in enrolment.left_out if tag not in (DISCREET, PLAIN))
    return replace(enrolment, left_out=(DISCREET if on else PLAIN, *others))


def instead(programme: Programme, text: str) -> str:
    """The text that is said in place of this one in discreet mode: itself, where it names no health."""
    return programme.discreet_texts.get(text, text)


def plain_of(programme: Programme, text: str) -> str:
    """The text in whose place this one was said."""
    return next((key for key, told in programme.discreet_texts.items() if told == text), text)
