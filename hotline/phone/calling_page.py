"""The page's side of a call: what a caller, and the nurse whom the line dials, can do, and when.

May use: flask, the carrier, the rooms `booth`, `people`, `reading`. May not: hold a number in a URL, or
decide anything."""

from collections.abc import Callable

from flask import request

from hotline.phone.booth import Booth
from hotline.phone.call import Call
from hotline.phone.knowledge import session_of
from hotline.phone.people import Person
from hotline.phone.reading import read_keys
from hotline.phone.shown import shown_call

LONGEST_WORDS = 400
KEYPAD = (
    ("1", ""), ("2", "ABC"), ("3", "DEF"), ("4", "GHI"), ("5", "JKL"), ("6", "MNO"),
    ("7", "PQRS"), ("8", "TUV"), ("9", "WXYZ"), ("*", "star"), ("0", "+"), ("#", "pound"),
)  # fmt: skip
# What the nurse does, how its button is called, and when it can be pressed (as `possible` says).
NURSE_ACTS = (
    ("pick_up", "Nurse picks up", "ring"),
    ("no_answer", "Nobody answers", "ring"),
    ("busy", "Busy", "ring"),
    ("press", "Nurse presses 1", "accept"),
    ("hang_up", "Nurse hangs up", "accept"),
    ("hang_up", "End the talk", "talk"),
)


# What happens to a call that the line places: how its button is called, by the name that the form sends.
INCOMING_ACTS = (
    ("human", "Pick up"),
    ("machine_end_beep", "A machine picks up"),
    ("no-answer", "Let it ring"),
)


def call_acts(booth: Booth) -> dict[str, Callable[[Person], str]]:
    """The acts of a call by name: each does what the form asks and hands back a notice, "" for none.

    They raise ValueError, in words for the page, where that cannot be done now."""
    return {
        "dial": lambda person: _dial(booth, person),
        "incoming": lambda person: _incoming(booth, person),
        "press": lambda person: _press(booth, person),
        "speak": lambda person: _speak(booth, person),
        "message": lambda person: _act(booth, person, booth.carrier.say_message),
        "wait": lambda person: _act(booth, person, booth.carrier.wait),
        "drop": lambda person: _act(booth, person, booth.carrier.drop),
        "hangup": lambda person: _act(booth, person, booth.carrier.hang_up),
        "nurse": lambda person: _nurse(booth, person),
    }


def call_told(booth: Booth, person: Person) -> dict[str, object]:
    """The last call of that phone as the templates draw it: its state, the last words, what can be done."""
    call = booth.call_of(person)
    shown = shown_call(call) if call else None
    lines = list(call.transcript) if call else []
    acted = max((n for n, line in enumerate(lines) if line.who in ("caller", "nurse")), default=-1)
    latest = [line for line in lines[acted + 1 :] if line.kind == "say"]
    return {"call": shown, "latest": latest, "can": " ".join(possible(call))}


def possible(call: Call | None) -> tuple[str, ...]:
    """What can be done to a call now, as the buttons name it in `data-needs`."""
    if call is None or call.state == "ended":
        return ("dial",)
    if call.rings_in:
        return ("incoming",)
    gather, ringing = call.listening, call.ringing
    if gather is not None:
        now: tuple[str, ...] = ("wait", "speak") if "speech" in gather.hears else ("wait",)
    elif call.recording is not None:
        now = ("wait", "message", "speak")
    elif ringing is not None:
        now = ("accept",) if ringing.leg else ("ring",)
    else:
        now = ("talk",) if call.state == "connected" else ()
    return ("hangup", "drop", "hold", *now)


def _dial(booth: Booth, person: Person) -> str:
    call = booth.call_of(person)
    if call is not None and call.state != "ended":
        return "A call is under way: hang up first."
    booth.readings.keep(person.number, None)
    return _logged(booth.carrier.dial("anonymous" if person.withheld else person.number))


def _incoming(booth: Booth, person: Person) -> str:
    """The line rings this phone: somebody or a machine picks up, or nobody does."""
    call, does = _open_call(booth, person), request.form.get("does", "")
    if not call.rings_in or does not in dict(INCOMING_ACTS):
        raise ValueError("The phone does not ring.")
    if does == "no-answer":
        return _logged(booth.carrier.ring_out(call.sid, "no-answer"))
    return _logged(booth.carrier.answer(call.sid, does))


def _press(booth: Booth, person: Person) -> str:
    call, key = _open_call(booth, person), request.form.get("key", "")
    before = session_of(booth.line, booth.address_of(person)) if booth.line else None
    keyed, length = (call.listening.keys if call.listening else ""), len(call.transcript)
    ends = call.listening.finish_on_key if call.listening else ""
    booth.carrier.press(call.sid, key)
    answered = any(line.who != "caller" for line in call.transcript[length:])
    if answered and before and booth.line:
        pressed = keyed if key == ends else keyed + key
        booth.readings.keep(person.number, read_keys(booth.line, before, pressed))
    return _logged(call)


def _speak(booth: Booth, person: Person) -> str:
    call, words = _open_call(booth, person), request.form.get("words", "").strip()[:LONGEST_WORDS]
    if not words:
        return "Say something first."
    if "speak" not in possible(call):
        return "The line takes no spoken words here: press a key."
    booth.readings.keep(person.number, None)
    return _logged(booth.carrier.speak(call.sid, words))


def _nurse(booth: Booth, person: Person) -> str:
    does, key = request.form.get("does", ""), request.form.get("key", "1")
    return _act(booth, person, lambda sid: booth.carrier.nurse(sid, does, key))


def _act(booth: Booth, person: Person, act: Callable[[str], Call]) -> str:
    return _logged(act(_open_call(booth, person).sid))


def _open_call(booth: Booth, person: Person) -> Call:
    call = booth.call_of(person)
    if call is None or call.state == "ended":
        raise ValueError("No call is under way: call the line first.")
    return call


def _logged(call: Call) -> str:
    return f"The carrier logged error {call.code}: {call.fault}" if call.code else ""
