"""Reads TwiML as the carrier does, and refuses what the carrier would refuse.

May use: defusedxml and the tables beside it. May not: play anything, or forgive anything: an answer that the
carrier would log as a fault is a fault here, so that a test sees it before a caller does."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from hotline.phone.twiml_tables import CHOICES, SMS_ATTRIBUTES, SMS_NESTING, VOICE_ATTRIBUTES, VOICE_NESTING

Kind = Literal["sms", "voice"]

MAX_BYTES = 64 * 1024
MAX_SAY = 4096
MAX_BODY = 1600
TYPES = ("text/xml", "application/xml")

XML_NAMESPACE = "{http://www.w3.org/XML/1998/namespace}"
WORDS = (
    "Say Play Redirect Dial Number Message Body Media say-as prosody emphasis p s phoneme sub w lang".split()
)
PAUSED = ("p", "s", "break")
MUST_HAVE_WORDS = ("Say", "Redirect", "Number", "Body", "Media")

URL = re.compile(r"^(https?://[^/\s]+\S*|[^\s:]+|/\S*)$")
PHONE = re.compile(r"^(\+?[1-9][0-9]{6,14}|[0-9]{3})$")
NAMES = r"x-slow|slow|medium|fast|x-fast"
VALUES: dict[tuple[str, str], re.Pattern[str]] = {
    ("Gather", "finishOnKey"): re.compile(r"^[0-9*#]?$"),
    ("Gather", "numDigits"): re.compile(r"^[1-9][0-9]*$"),
    ("Gather", "timeout"): re.compile(r"^([1-9][0-9]*|auto)$"),
    ("Gather", "speechTimeout"): re.compile(r"^([1-9][0-9]*|auto)$"),
    ("Record", "finishOnKey"): re.compile(r"^[0-9*#]*$"),
    ("Pause", "length"): re.compile(r"^[1-9][0-9]*$"),
    ("Play", "digits"): re.compile(r"^[0-9*#wW]+$"),
    ("Number", "sendDigits"): re.compile(r"^[0-9*#wW]+$"),
    ("Dial", "callerId"): PHONE,
    ("break", "time"): re.compile(r"^[0-9]+(\.[0-9]+)?(s|ms)$"),
    ("prosody", "rate"): re.compile(rf"^({NAMES}|[0-9]+%)$"),
    ("prosody", "pitch"): re.compile(r"^(default|x-low|low|medium|high|x-high|[+-][0-9.]+%)$"),
    ("prosody", "volume"): re.compile(r"^(default|silent|x-soft|soft|medium|loud|x-loud|[+-][0-9.]+dB)$"),
}
KINDS: dict[str, re.Pattern[str]] = {
    "string": re.compile(r"^[^\x00-\x08\x0b\x0c\x0e-\x1f]*$"),
    "number": re.compile(r"^[0-9]+$"),
    "boolean": re.compile(r"^(true|false)$"),
}
# The carrier's own numbers where it has one for just this fault; 12200 (schema) for all others.
CODES = {
    ("Gather", "finishOnKey"): 13310,
    ("Gather", "method"): 13312,
    ("Gather", "timeout"): 13313,
    ("Gather", "numDigits"): 13314,
    ("Say", "loop"): 13510,
    ("Say", "voice"): 13511,
    ("Say", "language"): 13512,
    ("Pause", "length"): 13910,
}


class TwimlRefused(Exception):
    """The carrier would not act on this answer. `code`: its error code, `fault`: what is wrong.

    Neither holds a word of what the line wanted to say."""

    def __init__(self, code: int, fault: str) -> None:
        super().__init__(f"{code}: {fault}")
        self.code = code
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Verb:
    """One element: its name, attributes as written, words (nested speech marks' too) and elements inside."""

    name: str
    attributes: Mapping[str, str]
    text: str
    children: tuple["Verb", ...] = ()

    def get(self, name: str, default: str) -> str:
        """An attribute, or what the carrier takes when it is not given."""
        return self.attributes.get(name, default)

    def whole(self, name: str, default: int) -> int:
        """A numeric attribute as a whole number; `default` too where it says "auto"."""
        value = self.attributes.get(name, "")
        return int(value) if value.isdigit() else default


def read_twiml(kind: Kind, body: bytes | str, content_type: str) -> tuple[Verb, ...]:
    """The verbs of one answer of the line, in order; () for an empty Response.

    kind: which webhook was answered. Raises TwimlRefused for whatever the carrier would not act on."""
    root = _parse(body, content_type)
    if root.tag != "Response":
        raise TwimlRefused(12100, f"the document is <{root.tag}>, write <Response>")
    verbs = tuple(_verbs(kind, root))
    for verb in verbs:
        _check_whole(kind, verb)
    return verbs


def _parse(body: bytes | str, content_type: str) -> Element:
    if content_type.split(";")[0].strip().lower() not in TYPES:
        raise TwimlRefused(12300, f"content type is {content_type!r}, send text/xml")
    try:
        raw = body.encode() if isinstance(body, str) else body
        if len(raw) > MAX_BYTES:
            raise TwimlRefused(11750, f"the document has {len(raw)} bytes, the carrier takes {MAX_BYTES}")
        root: Element = fromstring(raw, forbid_dtd=True)
    except UnicodeEncodeError as problem:
        raise TwimlRefused(12100, "a lone surrogate cannot be sent, remove it") from problem
    except DefusedXmlException as problem:
        raise TwimlRefused(12100, f"{type(problem).__name__}: write no DTD and no entities") from problem
    except ParseError as problem:
        line, column = problem.position
        raise TwimlRefused(12100, f"not well-formed XML at line {line}, column {column}") from None
    return root


def _verbs(kind: Kind, parent: Element) -> Iterator[Verb]:
    known = VOICE_NESTING if kind == "voice" else SMS_NESTING
    allowed = known[parent.tag].split()
    if parent.tag not in WORDS and any((text or "").strip() for text in _loose_text(parent)):
        raise TwimlRefused(12200, f"<{parent.tag}> holds bare text, put it into a verb")
    for child in parent:
        if child.tag not in known:
            raise TwimlRefused(12200, f"<{child.tag}> is no verb of {kind}")
        if child.tag not in allowed:
            raise TwimlRefused(12200, f"<{child.tag}> may not stand in <{parent.tag}>")
        verb = Verb(child.tag, _attributes(kind, child), _spoken(child), tuple(_verbs(kind, child)))
        _check_words(verb)
        yield verb


def _loose_text(element: Element) -> list[str | None]:
    return [element.text, *(child.tail for child in element)]


def _spoken(element: Element) -> str:
    """The words of an element as a person gets them."""
    text = _raw(element).strip()
    # What is read out has no lines; what is texted keeps them.
    return text if element.tag in ("Message", "Body") else re.sub(r"\s+", " ", text)


def _raw(element: Element) -> str:
    """The words with those of nested speech marks: an alias in place of what it stands for."""
    if element.tag == "sub" and "alias" in element.attrib:
        return element.attrib["alias"]
    words = [element.text or ""]
    for child in element:
        # Only speech marks are part of the words: a Number inside a Dial is an element of its own.
        gap = " " if child.tag in PAUSED else ""
        words += [gap, _raw(child) if child.tag.islower() else "", gap, child.tail or ""]
    return "".join(words)


def _attributes(kind: Kind, element: Element) -> dict[str, str]:
    known = (VOICE_ATTRIBUTES if kind == "voice" else SMS_ATTRIBUTES)[element.tag]
    found = {name.replace(XML_NAMESPACE, "xml:"): value for name, value in element.attrib.items()}
    for name, value in found.items():
        if name not in known:
            raise TwimlRefused(12200, f"<{element.tag}> has no attribute {name!r}")
        if not _may_be(element.tag, name, known[name], value):
            code = CODES.get((element.tag, name), 12200)
            raise TwimlRefused(code, f"<{element.tag} {name}>: the value is not one the carrier takes")
    return found


def _may_be(tag: str, name: str, kind: str, value: str) -> bool:
    if name.lower().endswith("method"):
        return value in ("GET", "POST")
    if name in ("action", "url") or name.endswith("Callback"):
        return URL.match(value) is not None
    if (tag, name) in VALUES:
        return VALUES[tag, name].match(value) is not None
    if kind.endswith("[]"):
        return bool(value.split()) and set(value.split()) <= CHOICES[kind.removesuffix("[]")]
    return value in CHOICES[kind] if kind in CHOICES else KINDS[kind].match(value) is not None


def _check_words(verb: Verb) -> None:
    """What a verb's own words must be."""
    if verb.name in MUST_HAVE_WORDS and not verb.text.strip():
        raise TwimlRefused(13520 if verb.name == "Say" else 12200, f"<{verb.name}> is empty")
    if verb.name == "Say" and len(verb.text) > MAX_SAY:
        raise TwimlRefused(13520, f"<Say> has {len(verb.text)} characters, {MAX_SAY} is the most: split it")
    if verb.name in ("Redirect", "Media") and not URL.match(verb.text):
        raise TwimlRefused(11100, f"<{verb.name}> does not hold a URL")
    if verb.name == "Number" and not PHONE.match(re.sub(r"[ ()-]", "", verb.text)):
        raise TwimlRefused(13223, "<Number> does not hold a phone number")


def _check_whole(kind: Kind, verb: Verb) -> None:
    """What a verb with all it holds must be."""
    if verb.name == "Play" and not (verb.text or "digits" in verb.attributes):
        raise TwimlRefused(12200, "<Play> needs a URL or digits")
    if verb.name == "Dial" and not verb.children and not PHONE.match(re.sub(r"[ ()-]", "", verb.text)):
        raise TwimlRefused(13223, "<Dial> names nobody to call")
    if verb.get("timeout", "5") == "auto" and "speech" not in verb.get("input", "dtmf"):
        raise TwimlRefused(13313, "<Gather timeout> may be auto for speech only")
    if verb.name == "Message":
        body = message_body(verb)
        if not body and not any(child.name == "Media" for child in verb.children):
            raise TwimlRefused(14103, "<Message> is empty, leave it out to send nothing")
        if len(body) > MAX_BODY:
            raise TwimlRefused(21617, f"<Message> has {len(body)} characters, the carrier takes {MAX_BODY}")


def message_body(verb: Verb) -> str:
    """The text that a Message verb sends: its Body elements, else its own words."""
    bodies = [child.text for child in verb.children if child.name == "Body"]
    return "".join(bodies) if bodies else verb.text
