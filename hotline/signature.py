"""Is this request the carrier's? The check of X-Twilio-Signature, in both of its forms and with two tokens.

May use: twilio. May not: know Flask. Source: TELEPHONY §2; the address is our configured one, never
what a proxy says. The hash is computed here, with the carrier's rules for ports, because its own `validate`
parses each address and hashes it twice. A test holds both to the same answers."""

import base64
import hmac
from collections.abc import Iterable, Sequence
from typing import Protocol
from urllib.parse import urlsplit

from twilio.request_validator import SIGNATURE_HEADER, SIGNATURE_SETTINGS_HEADER, get_signature_algorithm

from hotline.errors import SettingsError

DIGESTS = {"HMAC_SHA1": "sha1", "HMAC_SHA256": "sha256"}
_PORTS = {"https": 443, "http": 80}


class Form(Protocol):
    """A form in which a field may stand several times."""

    def lists(self) -> Iterable[tuple[str, list[str]]]:
        """Each field's name, once, with all its values."""
        ...


class Headers(Protocol):
    """A request's headers, whatever their case."""

    def get(self, key: str, default: str) -> str:
        """The header's value, or the default."""
        ...


class Signature:
    """Checks requests against one public address and one or two auth tokens."""

    def __init__(self, public_base_url: str, tokens: Sequence[str]) -> None:
        """SettingsError: no token (an empty one would accept forgeries), or the address is none."""
        self._base = public_base_url.rstrip("/")
        self._bases = _spellings(self._base)
        # Begun once: the one-shot form of hmac hands the interpreter to another thread each time.
        self._begun = {
            name: [hmac.new(token.encode(), digestmod=digest) for token in tokens if token]
            for name, digest in DIGESTS.items()
        }
        if not any(tokens):
            raise SettingsError("no auth token: set BACKLINE_AUTH_TOKEN to the token of your carrier account")

    def address(self, raw_path: str, query: str) -> str:
        """The address that the carrier signed: our base, and path and query byte for byte as they came."""
        return f"{self._base}{raw_path}" + (f"?{query}" if query else "")

    def holds(self, address: str, form: Form, headers: Headers) -> bool:
        """Whether one of the tokens signed this form for that address (one of `address`)."""
        given = headers.get(SIGNATURE_HEADER, "")
        settings = headers.get(SIGNATURE_SETTINGS_HEADER, "")
        algorithm = get_signature_algorithm(settings) if settings else "HMAC_SHA1"
        begun = self._begun.get(algorithm.upper(), ())
        if not given:
            return False
        signature = given.encode("utf-8", "replace")
        rest = address[len(self._base) :] + _signed(form)
        return any(
            hmac.compare_digest(_hash(token, base + rest), signature)
            for base in self._bases
            for token in begun
        )


def _signed(form: Form) -> str:
    """What is signed of a form: each name with each of its different values, sorted."""
    parts = []
    for name, values in sorted(form.lists()):
        parts += [name + value for value in (values if len(values) == 1 else sorted(set(values)))]
    return "".join(parts)


def _hash(begun: "hmac.HMAC", told: str) -> bytes:
    digest = begun.copy()
    digest.update(told.encode("utf-8", "replace"))
    return base64.b64encode(digest.digest())


def _spellings(base: str) -> tuple[str, ...]:
    """The base with and without its port: the carrier signs either."""
    try:
        parts = urlsplit(base)
        port = parts.port
    except ValueError:
        raise SettingsError(
            "the public address is none: set BACKLINE_PUBLIC_BASE_URL, as https://line.example"
        ) from None
    usual = _PORTS.get(parts.scheme)
    if not parts.hostname or usual is None:
        return (base,)
    bare = parts.netloc.removesuffix(f":{port}") if port else parts.netloc
    other = bare if port else f"{bare}:{usual}"
    return (base, parts._replace(netloc=other).geturl())
