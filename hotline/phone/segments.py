"""How many billed parts a text has, counted apart from the line's own counter so that the two can disagree.

May use: nothing. May not: import flows.wording, which it is there to check."""

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# Each of these is sent as an escape and a character: two septets.
EXTENSION = frozenset("\f^{}\\[~]|€")


def count(text: str) -> tuple[str, int]:
    """The encoding ("GSM-7" or "UCS-2") and the number of segments; an empty text is one segment.

    Source: TELEPHONY §6 (3GPP 23.038); judged against npm sms-segments-calculator in tests/."""
    if all(letter in BASIC or letter in EXTENSION for letter in text):
        return "GSM-7", _parts([2 if letter in EXTENSION else 1 for letter in text], 160, 153)
    return "UCS-2", _parts([2 if ord(letter) > 0xFFFF else 1 for letter in text], 70, 67)


def _parts(sizes: list[int], alone: int, each: int) -> int:
    if sum(sizes) <= alone:
        return 1
    parts, used = 1, 0
    for size in sizes:
        # A pair never straddles two parts: it moves over whole.
        if used + size > each:
            parts, used = parts + 1, 0
        used += size
    return parts
