"""Whose carrier account this is, and where its numbers send their webhooks.

May use: the standard library. May not: read the environment (that is __main__'s)."""

from dataclasses import dataclass
from typing import Literal

KeywordMode = Literal["self", "provider", "advanced_optout"]


@dataclass(frozen=True, slots=True)
class Account:
    """The line's account at the carrier: its identity, its secret, its two senders."""

    sid: str
    auth_token: str
    text_sender: str
    voice_sender: str
    # The newer header names the algorithm; the older signature has none.
    algorithm: Literal["HMAC_SHA1", "HMAC_SHA256"] = "HMAC_SHA1"

    def owns(self, sender: str) -> bool:
        """May this account send from that number?"""
        return sender.removeprefix("whatsapp:") in (self.text_sender, self.voice_sender)


@dataclass(frozen=True, slots=True)
class Hooks:
    """The webhook addresses that somebody would set in the carrier's console."""

    text: str
    text_fallback: str
    voice: str
    voice_fallback: str
    voice_status: str

    @classmethod
    def of(cls, line_url: str) -> "Hooks":
        """The line's own addresses under its public base URL."""
        base = line_url.rstrip("/")
        sms, voice = (f"{base}/sms", f"{base}/fallback/sms"), (f"{base}/voice", f"{base}/fallback/voice")
        return cls(*sms, *voice, f"{base}/voice/status")
