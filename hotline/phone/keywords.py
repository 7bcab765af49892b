"""What the carrier itself does with STOP, START and HELP where the sender's keyword mode lets it.

May use: account. May not: answer for the line where the mode is "self"."""

from hotline.phone.account import KeywordMode

STOP = frozenset("STOP STOPALL UNSUBSCRIBE CANCEL END QUIT REVOKE OPTOUT".split())
START = frozenset("START YES UNSTOP".split())
HELP = frozenset("HELP INFO".split())
# The carrier's own words: it cannot name an emergency number, which is why `doctor` warns of such senders.
SAYS = {
    "STOP": "You are unsubscribed and get no more messages from this number. Reply START to subscribe again.",
    "START": "You are subscribed again and get messages from this number.",
    "HELP": "Reply STOP to unsubscribe. Msg & data rates may apply.",
}


def keyword(mode: KeywordMode, body: str) -> str | None:
    """STOP, START or HELP where the carrier acts on this text itself, else None."""
    word = body.strip().upper()
    if mode == "self":
        return None
    known = {"STOP": STOP, "START": START, "HELP": HELP}
    return next((name for name, words in known.items() if word in words), None)
