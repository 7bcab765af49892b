"""Who a person is to us, and how what they said is kept: the keyed hash of an address, and sealing before
writing.

May use: cryptography, settings. May not: know Redis or SQL, or keep an address, a body or a key anywhere.

A sealed value is: one byte format, one byte length of the key id, the key id, 12 bytes nonce, ciphertext
with tag. Format 1 derives each contact's key from the master key. Erasure by contact comes with format 2: a
random key for each contact, itself sealed under the master key and kept with the contact; destroying it
destroys every format 2 value at once. `open` looks at the format byte first, so both can stand beside each
other while values age out."""

import base64
import binascii
import hashlib
import hmac
import os
import re
from collections.abc import Mapping
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hotline.errors import SettingsError
from hotline.settings import Settings

SHARDS = 64
CONTACT_LENGTH = 22

_FORMAT = 1
_NONCE = 12
_KEY = 32
BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_PLACES = {letter: place for place, letter in enumerate(BASE64URL)}
# Trial mode runs without any setting. The words show in every dump that these keys protect nobody.
_TRIAL_ADDRESS_KEY = b"made-up-address-key-of-the-trial"
_TRIAL_SEALING_KEY = b"made-up-sealing-key-of-the-trial"
_PHONE = re.compile(r"\+?[\d\s().-]+")


class CannotOpen(ValueError):
    """A sealed value is damaged, is another contact's or row's, or its key is no longer known."""


class Sealer:
    """Hashes addresses with one key that never changes, and seals under the newest of several keys.

    address_key: at least 32 bytes; another one makes every person a stranger. keys: 32 bytes by key id; a
    value opens with whichever of them it was sealed under. newest: the id that new values are sealed with.
    Raises ValueError for keys of another length or an unknown id."""

    def __init__(self, address_key: bytes, keys: Mapping[str, bytes], newest: str) -> None:
        if len(address_key) < _KEY or any(len(key) != _KEY for key in keys.values()):
            raise ValueError("an address key has 32 bytes or more, a sealing key exactly 32")
        if newest not in keys or not all(0 < len(id.encode()) < 256 for id in keys):
            raise ValueError("the newest sealing key is not among the keys, or an id is empty or too long")
        self._address_key = address_key
        self._keys = {id.encode(): key for id, key in keys.items()}
        self._newest = newest.encode()
        self._header = bytes((_FORMAT, len(self._newest))) + self._newest

    @classmethod
    def from_settings(cls, settings: Settings) -> "Sealer":
        """The sealer of an installation. In trial mode made-up keys stand in for those that are not set.

        Raises SettingsError: a key is missing in production mode or malformed; it says what to set."""
        trial = settings.mode == "trial"
        faults: list[str] = []
        address_key = _address_key(settings.address_key.get_secret_value(), trial, faults)
        keys = _sealing_keys(settings.sealing_keys.get_secret_value(), trial, faults)
        if faults:
            raise SettingsError("\n".join(faults))
        return cls(address_key, keys, next(iter(keys)))

    def contact_of(self, address: str) -> str:
        """The contact id of an address: 22 characters base64url, the same by text, by phone and by
        WhatsApp."""
        told = b"address\0" + normalised(address).encode("utf-8", "replace")
        digest = _keyed(self._address_key, told)
        return base64.urlsafe_b64encode(digest).decode("ascii")[:CONTACT_LENGTH]

    def public_name(self, told: bytes) -> str:
        """64 hex digits that nobody can guess: the keyed hash of what is published under that name."""
        return _keyed(self._address_key, b"public\0" + told).hex()

    def link(self, contact: str, before: str, line: str) -> str:
        """The link of a ledger's line: a keyed hash of it, of whose it is, and of the head before ("" = it
        is the first). 22 characters base64url."""
        told = "\0".join((contact, before, line)).encode("utf-8", "replace")
        digest = _keyed(self._address_key, b"ledger\0" + told)
        return base64.urlsafe_b64encode(digest).decode("ascii")[:CONTACT_LENGTH]

    def head(self, contact: str, last: str) -> str:
        """The head of a ledger: a keyed hash of whose it is and of its last line's link. It does not stand in
        any line, so a ledger whose end was cut off cannot be given the head that would fit."""
        digest = _keyed(self._address_key, b"head\0" + f"{contact}\0{last}".encode())
        return base64.urlsafe_b64encode(digest).decode("ascii")[:CONTACT_LENGTH]

    def erased_name(self, contact: str) -> str:
        """What the record of an erasure calls a contact: 22 characters base64url. Only whoever has the number
        and the address key can tell that it was that person; nothing else is kept under it."""
        digest = _keyed(self._address_key, b"erased\0" + contact.encode())
        return base64.urlsafe_b64encode(digest).decode("ascii")[:CONTACT_LENGTH]

    @staticmethod
    def shard_of(contact: str) -> int:
        """The shard, 0 to 63, that keeps a contact. Raises ValueError: this is no contact id."""
        return shard_of(contact)

    def seal(self, contact: str, what: str, data: bytes) -> bytes:
        """Seals data of a contact. what: the row it stands in; it opens only with the same contact and
        row."""
        nonce = os.urandom(_NONCE)
        cipher = _cipher(self._keys[self._newest], contact)
        return self._header + nonce + cipher.encrypt(nonce, data, _row(self._header, contact, what))

    def open(self, contact: str, what: str, sealed: bytes) -> bytes:
        """The data of a sealed value. Raises CannotOpen: damaged, of another row, or under a key we do not
        have."""
        start = 2 + sealed[1] if len(sealed) > 2 else 0
        key = self._keys.get(sealed[2:start])
        if not start or sealed[0] != _FORMAT or key is None:
            raise CannotOpen(
                "a sealed value has an unknown format or key: is an old one missing in sealing_keys?"
            )
        nonce, hidden = sealed[start : start + _NONCE], sealed[start + _NONCE :]
        try:
            return _cipher(key, contact).decrypt(nonce, hidden, _row(sealed[:start], contact, what))
        except (InvalidTag, ValueError) as fault:
            raise CannotOpen("a sealed value is damaged or stands in another contact's row") from fault


def shard_of(contact: str) -> int:
    """The shard, 0 to 63, that keeps a contact: six bits of its keyed hash. Raises ValueError: this is no
    contact id."""
    place = _PLACES.get(contact[:1])
    if place is None or len(contact) != CONTACT_LENGTH:
        raise ValueError("this is no contact id: contact_of(address) makes one")
    return place


def normalised(address: str) -> str:
    """An address as one spelling: no `whatsapp:`, and a phone number without spaces, dots, dashes and
    brackets."""
    bare = address.strip()
    if bare[:9].lower() == "whatsapp:":
        bare = bare[9:].strip()
    return re.sub(r"[^\d+]", "", bare) if _PHONE.fullmatch(bare) else bare.lower()


@lru_cache(maxsize=64)
def _cipher(master: bytes, contact: str) -> AESGCM:
    """The cipher of one contact: a turn seals twice."""
    return AESGCM(_derived(master, contact))


def _derived(master: bytes, contact: str) -> bytes:
    """One contact's key: HMAC-SHA256 of the contact under the master (HKDF's expand step; the master is
    random)."""
    return _keyed(master, b"contact\0" + contact.encode("utf-8"))


def _keyed(key: bytes, told: bytes) -> bytes:
    # A copy of a begun hash: the one-shot form hands the interpreter to another thread each time.
    digest = _begun(key).copy()
    digest.update(told)
    return digest.digest()


@lru_cache(maxsize=8)
def _begun(key: bytes) -> "hmac.HMAC":
    return hmac.new(key, digestmod="sha256")


def _row(header: bytes, contact: str, what: str) -> bytes:
    """The associated data: a value moved to another contact, row or key id does not open."""
    return header + contact.encode("utf-8") + b"\0" + what.encode("utf-8")


def _address_key(told: str, trial: bool, faults: list[str]) -> bytes:
    if not told and trial:
        return _TRIAL_ADDRESS_KEY
    key = _decoded(told)
    if len(key) < _KEY:
        faults.append(
            "BACKLINE_ADDRESS_KEY: set base64 of 32 random bytes (openssl rand -base64 32); never change it"
        )
    return key


def _sealing_keys(told: str, trial: bool, faults: list[str]) -> dict[str, bytes]:
    if not told and trial:
        return {"trial": _TRIAL_SEALING_KEY}
    parts = [part.strip().partition(":") for part in told.split(",") if part.strip()]
    keys = {id.strip(): _decoded(key) for id, _, key in parts}
    if not keys or len(keys) != len(parts) or not all(id and len(key) == _KEY for id, key in keys.items()):
        faults.append(
            "BACKLINE_SEALING_KEYS: set id:base64 of 32 random bytes, the newest first, a comma between, "
            "each id once; keep old keys until nothing sealed with them is left"
        )
    return keys


def _decoded(told: str) -> bytes:
    """The bytes of base64 in either alphabet, with or without padding; empty when it is neither."""
    text = told.strip().replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""


def digest_of(*parts: str) -> str:
    """22 characters base64url of the parts' SHA-256: an id that says nothing by itself. Parts hold no
    address."""
    told = "\0".join(parts).encode("utf-8", "replace")
    return base64.urlsafe_b64encode(hashlib.sha256(told).digest()).decode("ascii")[:CONTACT_LENGTH]
