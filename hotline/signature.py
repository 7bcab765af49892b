"""Is this request the carrier's? The check of X-Twilio-Signature, in both of its forms and with two tokens.

May use: twilio. May not: know Flask. Source: TELEPHONY §2; the address is our configured one, never
what a proxy says."""

from collections.abc import Mapping, Sequence

from twilio.request_validator import (
    SIGNATURE_HEADER,
    SIGNATURE_SETTINGS_HEADER,
    RequestValidator,
    get_signature_algorithm,
)

from hotline.errors import SettingsError


class Signature:
    """Checks requests against one public address and one or two auth tokens."""

    def __init__(self, public_base_url: str, tokens: Sequence[str]) -> None:
        """SettingsError: no token (an empty one would accept forgeries)."""
        self._base = public_base_url.rstrip("/")
        self._validators = [RequestValidator(token) for token in tokens if token]
        if not self._validators:
            raise SettingsError("no auth token: set BACKLINE_AUTH_TOKEN to the token of your carrier account")

    def address(self, raw_path: str, query: str) -> str:
        """The address that the carrier signed: our base, and path and query byte for byte as they came."""
        return f"{self._base}{raw_path}" + (f"?{query}" if query else "")

    def holds(self, address: str, form: object, headers: Mapping[str, str]) -> bool:
        """Whether one of the tokens signed this form (a multi-dict) for that address."""
        given = (
            headers.get(SIGNATURE_HEADER) or ""
        )  # a missing header must not become None: the check would raise
        algorithm = get_signature_algorithm(headers.get(SIGNATURE_SETTINGS_HEADER, ""))
        return any(validator.validate(address, form, given, algorithm) for validator in self._validators)
