"""What the page calls things: levels, questions, stages, readings, reasons of staff tasks. For staff,
never for callers.

Data only. May not: stand in any text or call (those sentences are the protocol's)."""

from flows.heard import Kind
from flows.protocol import Level
from flows.session import Stage

LEVELS = {
    Level.emergency_now: ("Emergency now", "Call the emergency number or go to an ER at once."),
    Level.urgent_today: ("Urgent today", "Be seen today or tonight."),
    Level.clinician_soon: ("Clinician soon", "Be seen by a clinician in the next days."),
    Level.self_care: ("Self-care", "Home care, with signs to watch for."),
}
NO_LEVEL = ("Nothing urgent so far", "No level yet: it is told when the questions have ended.")
QUESTIONS = {
    "heart": "Heart and breathing",
    "vessel": "Large vessels, stroke signs",
    "saddle": "Bladder, bowel, saddle area",
    "limbs": "Legs and arms",
    "injury": "Injury",
    "fever": "Fever, urine",
    "risks": "Health risks",
    "pregnant": "Signs in pregnancy",
    "age": "Age",
    "pain": "Pain, 0 to 10",
    "relief": "Helped by rest or medicine",
    "time": "How long",
}
STAGES = {
    Stage.idle: "No questions are open",
    Stage.asking: "A question stands open",
    Stage.told: "The questions have ended",
    Stage.checkin: "A check-in waits for its reply",
    Stage.greeting: "On the phone: the greeting",
    Stage.menu: "On the phone: the menu",
    Stage.escape: "On the phone: told to call the emergency number",
    Stage.callback: "On the phone: offered a nurse's call",
    Stage.optin: "On the phone: offered the texts",
    Stage.instead: "On the phone: offered check-in calls instead",
    Stage.placing: "Asked for the ZIP code",
    Stage.reminded: "On the phone: a check-in call",
    Stage.stopped: "On the phone: the check-in calls were ended",
    Stage.resuming: "On the phone: go on where it stopped?",
    Stage.again: "On the phone: called again soon",
    Stage.confirming: "On the phone: asked whether what was heard is right",
    Stage.ringing: "On the phone: a nurse's phone rings",
    Stage.connected: "On the phone: a nurse has the call",
    Stage.missed: "On the phone: no nurse took the call",
    Stage.leaving: "On the phone: may a call back leave a message?",
    Stage.naming: "On the phone: name and town are recorded",
    Stage.voicemail: "On the phone: a message is recorded",
    Stage.over: "On the phone: the last words were said",
}
READINGS = {
    Kind.answer: "an answer",
    Kind.unsure: "not sure (never taken for a no)",
    Kind.unclear: "not understood, so it is asked again",
    Kind.silence: "silence (never taken for a no)",
    Kind.doubt: "a sign, but not plainly told: asked again",
    Kind.danger: "an emergency, told in plain words",
    Kind.self_harm: "words of self-harm",
    Kind.opt_out: "a wish for no more texts",
    Kind.wrong_number: "a wrong number",
    Kind.help: "a wish for help",
    Kind.person: "a wish to reach a person",
    Kind.language: "another language",
    Kind.join: "a wish to join the follow-up",
    Kind.private: "how the follow-up may speak (discreet mode)",
    Kind.place: "where they are",
    Kind.reminded: "our check-in call, answered",
    Kind.back: "a start of the questions",
    Kind.start: "a start after an opt-out",
    Kind.advice: "a wish for advice",
    Kind.media: "a picture or an empty text",
    Kind.repeat: "a wish to hear it again",
    Kind.escape: "key 9: this is an emergency",
    Kind.operator: "a wish to reach a person",
}
REASONS = {
    "told_emergency_now": "Told to get emergency help",
    "told_urgent_today": "Told to be seen today",
    "unread": "The answers could not be read",
    "key_9": "Pressed 9: emergency",
    "self_harm": "Words of self-harm",
    "poison": "Too many pills",
    "call_back": "Asks for a nurse's call",
    "call_back_no_message": "Asks for a nurse's call, no message",
    "call_back_other_number": "Asks for a nurse's call at another number",
    "call_back_no_message_other_number": "Asks for a nurse's call at another number, no message",
    "transfer_missed": "Rang the nurses, and nobody took the call",
    "voicemail": "Left a message",
    "dropped": "The call broke off with a sign open",
    "text_back": "Asks for a nurse by text",
    "wrong_number": "Says this is a wrong number, with a sign open",
    "loop": "Texts the same over and over",
    "kept": "Signs of an earlier, unfinished encounter",
}


def plain(word: str) -> str:
    """A name of the code as words, for what has no better ones."""
    return word.replace("_", " ").capitalize()
