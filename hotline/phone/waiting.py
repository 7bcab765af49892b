"""What a call can wait for: keys or words, a message to record, a phone that rings elsewhere.

May use: twiml. May not: play anything, or know the caller."""

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from hotline.phone.twiml import Verb

if TYPE_CHECKING:
    from hotline.phone.call import Call


@dataclass(slots=True)
class Listening:
    """A Gather under way, with the keys so far."""

    verb: Verb
    # When the last prompt inside it ends; keys before that cut it short.
    prompt_ends_s: float
    keys: str = ""

    @property
    def finish_on_key(self) -> str:
        """The key that ends it; "" for none."""
        return self.verb.get("finishOnKey", "#")

    @property
    def num_digits(self) -> int | None:
        """How many keys end it; None for no limit."""
        return self.verb.whole("numDigits", 0) or None

    @property
    def timeout_s(self) -> int:
        """How long it waits for the next key."""
        return self.verb.whole("timeout", 5)

    @property
    def hears(self) -> list[str]:
        """ "dtmf", "speech" or both."""
        return self.verb.get("input", "dtmf").split()


@dataclass(slots=True)
class Recording:
    """A Record under way, with the seconds spoken so far: without any, no recording is made."""

    verb: Verb
    said_s: float = 0.0

    @property
    def finish_on_key(self) -> str:
        """The keys any of which ends it."""
        return self.verb.get("finishOnKey", "1234567890*#")

    @property
    def silence_s(self) -> int:
        """How much silence ends it."""
        return self.verb.whole("timeout", 5)

    @property
    def left_s(self) -> float:
        """How much more may be spoken."""
        return self.verb.whole("maxLength", 3600) - self.said_s


@dataclass(slots=True)
class Ringing:
    """A Dial under way. `leg`: the call to that phone once it is picked up; its person is asked first."""

    verb: Verb
    leg: "Call | None" = None

    @property
    def number(self) -> str:
        """The phone that rings."""
        return self._number.text

    @property
    def timeout_s(self) -> int:
        """How long it rings."""
        return self.verb.whole("timeout", 30)

    @property
    def method(self) -> str:
        """How the words for who picks up are asked for."""
        return self._number.get("method", "POST")

    def whisper(self, base: str) -> str | None:
        """Where the words for who picks up are; None: the two are connected at once."""
        url = self._number.attributes.get("url")
        return urljoin(base, url) if url else None

    @property
    def _number(self) -> Verb:
        return next(iter(self.verb.children), self.verb)
