"""Talking to the line in a terminal: a texter or a caller whose words come from the keyboard or a script.

May not: decide anything; the conversation is the real one."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import click

from hotline.line import Line
from hotline.playing import Caller, Texter

SILENCE = ("", "-", "wait")
HANG_UP = "hangup"
CALL, RING, NURSE, MESSAGE = "call", "ring", "nurse", "message"
KEYPAD = frozenset("0123456789*#")


def run_script(line: Line, channel: str, words: Sequence[str]) -> None:
    """Say these words one after the other and print the exchange."""
    for said, heard in exchange(line, channel, words):
        _print(said, heard)


def talk(line: Line, channel: str) -> None:
    """Ask for words until the person ends with an empty line (by text) or the call ends."""
    click.echo(
        "Made-up numbers only. End with Ctrl-D." + (" Enter alone is silence." if channel == "voice" else "")
    )
    for _, heard in exchange(line, channel, _typed()):
        click.echo(heard or "(no reply)")


def exchange(line: Line, channel: str, words: Sequence[str] | Iterator[str]) -> Iterator[tuple[str, str]]:
    """Each thing said and what the line answered.

    A call begins with dialling; keys are keys, `-` is silence, `hangup` drops the call and `call` calls
    again. While a nurse's phone rings, `ring` lets it ring and `nurse` takes the call; `message` speaks
    after the tone. Any other words are spoken."""
    now = datetime.now(UTC)
    if channel == "sms":
        texter = Texter(line, now)
        for word in words:
            yield word, texter.text(word)
        return
    caller = Caller(line, now)
    yield "(calls)", caller.dial()
    for word in words:
        if caller.over and word != CALL:
            return
        yield word, act(caller, word)


def act(caller: Caller, word: str) -> str:
    """One thing that a caller, or the nurse on the other end, does; what the caller hears then."""
    if word == HANG_UP:
        caller.hang_up()
        return "(the call is over)"
    if word == NURSE:
        caller.nurse_takes_it()
        return "(connected)"
    others = {CALL: caller.dial, RING: caller.nobody_answers, MESSAGE: caller.leave}
    if word in others:
        return others[word]()
    if word in SILENCE:
        return caller.wait()
    return caller.press(word) if KEYPAD.issuperset(word) else caller.speak(word)


def _typed() -> Iterator[str]:
    while True:
        try:
            yield input("> ")
        except EOFError:
            return


def _print(said: str, heard: str) -> None:
    click.echo(f"> {said}")
    for part in heard.split("\n"):
        click.echo(f"< {part}")
