"""The numbers a person calls or texts from, and the place the carrier tells with them.

May use: the standard library. May not: know a real person's number: only made-up ones come here."""

import re

# A caller without a number comes with a placeholder that is nobody's number.
ANONYMOUS = "+266696687"
NUMBER = re.compile(r"^(\+[1-9][0-9]{2,14}|[0-9]{3,6})$")


def address(text: str) -> str:
    """The address the carrier tells for what was typed, without spaces; "anonymous" becomes a placeholder.

    Raises ValueError for what is no number."""
    if text.strip().lower() == "anonymous":
        return ANONYMOUS
    channel, _, number = text.strip().rpartition(":")
    number = re.sub(r"[ ().-]", "", number)
    if channel not in ("", "whatsapp") or not NUMBER.match(number):
        raise ValueError("not a number: write it as +12025550101")
    return f"{channel}:{number}" if channel else number


def parties(from_: str, to: str) -> dict[str, str]:
    """From, To and the places of both, as every webhook of the carrier carries them."""
    told = {"From": from_, "To": to}
    for who in ("From", "To"):
        told |= {f"{who}City": "", f"{who}State": "", f"{who}Zip": "", f"{who}Country": "US"}
    if from_.startswith("+1202"):
        told |= {"FromCity": "WASHINGTON", "FromState": "DC", "FromZip": "20001"}
    return told


def both_ends(from_: str, to: str) -> dict[str, str]:
    """`parties` as a call's webhooks carry them: once more as Caller and Called."""
    told = parties(from_, to)
    told |= {
        f"Caller{name.removeprefix('From')}": value for name, value in told.items() if name[:4] == "From"
    }
    return told | {f"Called{name.removeprefix('To')}": v for name, v in told.items() if name[:2] == "To"}
