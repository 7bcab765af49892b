"""Speech marks for the carrier's voices: slower, a pause after each sentence, digits one by one.

May not: change a word: whoever reads the document without its marks reads the sentence."""

import re
from html import escape

from hotline.channels import Manner

_SENTENCE_ENDS = re.compile(r"(?<=[.!?:;]) (?=\S)")
_DIGITS = re.compile(r"(?<![\w-])\d(?: \d)+(?![\w-])")  # 9 1 1: one by one, never "nine hundred eleven"
_PHONE = re.compile(r"(?<![\w-])\+?\d{1,4}(?:-\d{2,4}){1,4}(?![\w-])")
_MARKS = re.compile(f"({_PHONE.pattern})|({_DIGITS.pattern})")


def marked(text: str, manner: Manner) -> str:
    """The sentence with its marks, as XML. text: without characters that XML forbids."""
    pause = f' <break time="{manner.pause_ms}ms"/>' if manner.pause_ms else " "
    words = pause.join(_numbers(part) for part in _SENTENCE_ENDS.split(text))
    return f'<prosody rate="{manner.rate}%">{words}</prosody>' if manner.rate != 100 else words


def _numbers(text: str) -> str:
    made, at = [], 0
    for match in _MARKS.finditer(text):
        kind = "telephone" if match[1] else "digits"
        made += [
            escape(text[at : match.start()], quote=False),
            f'<say-as interpret-as="{kind}">{match[0]}</say-as>',
        ]
        at = match.end()
    return "".join([*made, escape(text[at:], quote=False)])
