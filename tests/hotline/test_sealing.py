"""An address becomes an id that says nothing, and what was said opens only where it belongs."""

import base64
import re

import pytest
from pydantic import SecretStr

from hotline.errors import SettingsError
from hotline.sealing import CannotOpen, Sealer, shard_of
from hotline.settings import Settings

OLD, NEW = b"o" * 32, b"n" * 32
ADDRESS = "+12025550143"


def sealer_with(keys: dict[str, bytes], newest: str) -> Sealer:
    """A sealer with the test's address key."""
    return Sealer(b"a" * 32, keys, newest)


@pytest.fixture
def sealer() -> Sealer:
    """A sealer with one key."""
    return sealer_with({"k1": OLD}, "k1")


def test_one_person_has_one_contact_by_text_by_phone_and_by_whatsapp(sealer: Sealer) -> None:
    """The prefix and the way a number is written do not make another person."""
    spellings = [ADDRESS, "whatsapp:+12025550143", "WhatsApp:+12025550143", " +1 (202) 555-0143 "]
    assert len({sealer.contact_of(spelling) for spelling in spellings}) == 1
    assert sealer.contact_of(ADDRESS) != sealer.contact_of("+12025550144")


def test_a_contact_is_22_letters_that_do_not_show_the_number(sealer: Sealer) -> None:
    """The id fits into URLs, and another installation has another one."""
    contact = sealer.contact_of(ADDRESS)
    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", contact)
    assert "5550143" not in contact
    assert contact != Sealer(b"b" * 32, {"k": OLD}, "k").contact_of(ADDRESS)


def test_contacts_spread_over_all_64_shards(sealer: Sealer) -> None:
    """No shard is empty and none is crowded."""
    shards = [sealer.shard_of(sealer.contact_of(f"call:{number}")) for number in range(6400)]
    assert set(shards) == set(range(64))
    assert max(shards.count(shard) for shard in range(64)) < 200


def test_what_is_no_contact_has_no_shard() -> None:
    """A number used by mistake as a contact is refused, and the refusal does not repeat it."""
    with pytest.raises(ValueError, match="no contact id") as refused:
        shard_of(ADDRESS)
    assert ADDRESS not in str(refused.value)


def test_a_sealed_text_opens_with_its_contact_and_row_only(sealer: Sealer) -> None:
    """Moved to another person or row it does not open; twice sealed it looks different."""
    sealed = sealer.seal("c" * 22, "reply:1", b"my leg is numb")
    assert sealer.open("c" * 22, "reply:1", sealed) == b"my leg is numb"
    assert b"numb" not in sealed
    assert sealer.seal("c" * 22, "reply:1", b"my leg is numb") != sealed
    for contact, what in (("d" * 22, "reply:1"), ("c" * 22, "reply:2")):
        with pytest.raises(CannotOpen):
            sealer.open(contact, what, sealed)


@pytest.mark.parametrize("damaged", [b"", b"\x01", b"\x01\x02k1", b"\x01\xff", b"\x07\x02k1" + b"0" * 40])
def test_a_damaged_value_is_refused_by_name(sealer: Sealer, damaged: bytes) -> None:
    """Too short, of an unknown format, or with a key id that never ends."""
    with pytest.raises(CannotOpen):
        sealer.open("c" * 22, "x", damaged)


def test_any_changed_byte_is_noticed(sealer: Sealer) -> None:
    """Header, nonce, text and tag are all covered."""
    sealed = sealer.seal("c" * 22, "x", b"yes")
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(CannotOpen):
            sealer.open("c" * 22, "x", bytes(changed))


def test_old_values_open_after_a_new_key_is_put_in_front() -> None:
    """Rotation: the newest key seals, every known one opens, a forgotten one does not."""
    old = sealer_with({"k1": OLD}, "k1").seal("c" * 22, "x", b"old")
    rotated = sealer_with({"k2": NEW, "k1": OLD}, "k2")
    assert rotated.open("c" * 22, "x", old) == b"old"
    new = rotated.seal("c" * 22, "x", b"new")
    assert sealer_with({"k2": NEW}, "k2").open("c" * 22, "x", new) == b"new"
    with pytest.raises(CannotOpen):
        sealer_with({"k2": NEW}, "k2").open("c" * 22, "x", old)


def test_the_trial_needs_no_keys_and_says_that_its_own_are_made_up() -> None:
    """Two processes of a demo understand each other."""
    one, other = Sealer.from_settings(Settings()), Sealer.from_settings(Settings())
    contact = one.contact_of(ADDRESS)
    assert other.contact_of(ADDRESS) == contact
    sealed = one.seal(contact, "x", b"hello")
    assert b"trial" in sealed
    assert other.open(contact, "x", sealed) == b"hello"


def test_production_without_keys_is_refused_with_what_to_set() -> None:
    """Both missing settings are named at once."""
    with pytest.raises(SettingsError, match="BACKLINE_ADDRESS_KEY(.|\n)*BACKLINE_SEALING_KEYS"):
        Sealer.from_settings(Settings(mode="production"))


def test_malformed_keys_are_refused_without_being_repeated() -> None:
    """Too short, no id, or one id twice: in trial mode too, and the message holds no key."""
    good = base64.b64encode(NEW).decode()
    for keys in ("k1:c2hvcnQ=", good, f"k1:{good},k1:{good}", ":" + good, "k1:not base64 at all"):
        settings = Settings(address_key=SecretStr("dG9vIHNob3J0"), sealing_keys=SecretStr(keys))
        with pytest.raises(
            SettingsError, match="BACKLINE_ADDRESS_KEY(.|\n)*BACKLINE_SEALING_KEYS"
        ) as refused:
            Sealer.from_settings(settings)
        assert good not in str(refused.value)


def test_keys_are_read_from_the_settings_newest_first() -> None:
    """Either base64 alphabet will do, and spaces after the comma."""
    newest, older = base64.b64encode(NEW).decode(), base64.urlsafe_b64encode(OLD).decode().rstrip("=")
    settings = Settings(
        mode="production", address_key=SecretStr(newest), sealing_keys=SecretStr(f"k2:{newest}, k1:{older}")
    )
    sealed = Sealer.from_settings(settings).seal("c" * 22, "x", b"hi")
    assert sealer_with({"k2": NEW}, "k2").open("c" * 22, "x", sealed) == b"hi"
