"""What an SMS costs: its alphabet and the number of billed parts, and the forms that keep it in GSM-7.

Own counter, since all libraries were wrong at part seams; judged by npm `sms-segments-calculator`
(tests/judge).
Source: TELEPHONY §6. May not: cut or send anything."""

from dataclasses import dataclass

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("\f^{}\\[~]|€")
ONE_GSM, PART_GSM = 160, 153
ONE_UCS, PART_UCS = 70, 67
_PLAIN = str.maketrans({
    "‘": "'", "’": "'", "‚": "'", "‛": "'", "′": "'", "`": "'", "´": "'",
    "“": '"', "”": '"', "„": '"', "″": '"', "«": '"', "»": '"',
    "–": "-", "—": "-", "‒": "-", "―": "-", "−": "-", "‐": "-", "‑": "-",
    "\u00a0": " ", "\u2009": " ", "\u202f": " ", "\u2007": " ",
    "\t": " ", "…": "...", "\u200b": "", "\ufeff": "",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Segments:
    """encoding: GSM-7 or UCS-2. count: billed parts. units: septets, or UTF-16 units."""

    encoding: str
    count: int
    units: int


def segments(text: str) -> Segments:
    """What this text costs as one message body; an empty text is one part of no units."""
    if all(character in BASIC or character in EXTENDED for character in text):
        sizes = [2 if character in EXTENDED else 1 for character in text]
        return _count("GSM-7", sizes, ONE_GSM, PART_GSM)
    sizes = [2 if ord(character) > 0xFFFF else 1 for character in text]
    return _count("UCS-2", sizes, ONE_UCS, PART_UCS)


def normalise(text: str) -> str:
    """The same words with quotes, dashes and spaces that GSM-7 has: one of them turns 160 characters
    into 70."""
    return text.translate(_PLAIN)


def _count(encoding: str, sizes: list[int], one: int, part: int) -> Segments:
    units = sum(sizes)
    if units <= one:
        return Segments(encoding, 1, units)
    count, room = 1, part
    for size in sizes:
        if size > room:  # a pair never straddles two parts
            count, room = count + 1, part
        room -= size
    return Segments(encoding, count, units)
