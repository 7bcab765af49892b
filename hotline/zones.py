"""Where a number may be: the candidate time zones of an address, and a short reference to them for an
enrolment.

An area code is a weak guide, so every zone of the area counts; a number that tells nothing may be anywhere.
May not: know the programme or the hours of sending (`flows.window`), reach the network, or log a number."""

from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from phonenumbers import PhoneNumberType, timezone
from phonenumbers.tzdata import TIMEZONE_DATA

US = "US"
"""The reference to all of `US_ZONES`, and the default of the setting `unknown_zone`."""

# The fifty states and Puerto Rico. The Pacific territories are left out: with them no hour would be
# common to all.
US_ZONES = (
    "America/Puerto_Rico",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "America/Adak",
    "Pacific/Honolulu",
)
_SHORT = dict(zip("recmaxkdh", US_ZONES, strict=True))
_LETTER = {name: letter for letter, name in _SHORT.items()}
_ZIP_AREAS = ("US", "PR", "VI")  # numbers whose owners have a ZIP code
_PLACELESS = {
    PhoneNumberType.TOLL_FREE,
    PhoneNumberType.PREMIUM_RATE,
    PhoneNumberType.SHARED_COST,
    PhoneNumberType.VOIP,
    PhoneNumberType.PERSONAL_NUMBER,
    PhoneNumberType.UAN,
    PhoneNumberType.UNKNOWN,
}


@lru_cache(maxsize=4096)
def candidates(address: str, unknown: str = US) -> tuple[str, ...]:
    """The names of every zone a number may be in, in order. address: +12025550143 or whatsapp:+12025550143.

    unknown: what stands for a number that tells nothing, `US` or the name of a zone (setting
    `unknown_zone`)."""
    try:
        number = phonenumbers.parse(address.rpartition(":")[2], None)
    except phonenumbers.NumberParseException:
        return _of_setting(unknown)
    if phonenumbers.number_type(number) in _PLACELESS:
        return _of_setting(unknown)
    found = _of_area(number) or timezone.time_zones_for_number(number)
    known = tuple(sorted(name for name in found if _exists(name)))
    return known or _of_setting(unknown)


def of(address: str, unknown: str = US) -> str:
    """The reference to a number's candidate zones, as short as can be:

    `US`, letters, or names. See `named`."""
    return reference(candidates(address, unknown))


@lru_cache(maxsize=4096)
def can_ask(address: str, unknown: str = US) -> bool:
    """Whether to ask for the ZIP code: a number of the US (toll-free ones count as such) that does not tell
    one zone."""
    try:
        number = phonenumbers.parse(address.rpartition(":")[2], None)
    except phonenumbers.NumberParseException:
        return False
    of_us = phonenumbers.region_code_for_number(number) in _ZIP_AREAS
    return number.country_code == 1 and of_us and len(candidates(address, unknown)) > 1


def reference(names: tuple[str, ...]) -> str:
    """A short word for these zones."""
    if names == US_ZONES:
        return US
    return ",".join(_LETTER.get(name, name) for name in names)


@lru_cache(maxsize=1024)
def named(reference: str, instead: str = US) -> tuple[ZoneInfo, ...]:
    """The zones of a reference.

    instead: the reference that counts where a part is not known (any more): that of the number, or of the
    setting `unknown_zone`. Where that is not known either, all zones of the US do, the narrowest hours."""
    if reference == US:
        return tuple(ZoneInfo(name) for name in US_ZONES)
    if not stands(reference):
        return named(instead if stands(instead) else US)
    return tuple(ZoneInfo(name) for name in _names(reference))


def stands(reference: str) -> bool:
    """Whether every zone of a reference exists. Zones are renamed and dropped while a programme runs."""
    return reference == US or all(_exists(name) for name in _names(reference))


def _names(reference: str) -> list[str]:
    return [_SHORT.get(part, part) for part in reference.split(",")]


def _of_area(number: phonenumbers.PhoneNumber) -> set[str]:
    """Every zone of a North American area code: within it a number may have moved along with its person."""
    if number.country_code != 1:
        return set()
    area = f"1{number.national_number}"[:4]
    return {name for prefix, names in _PREFIXES.get(area, ()) for name in names if prefix.startswith(area)}


def _by_area() -> dict[str, list[tuple[str, tuple[str, ...]]]]:
    found: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    for prefix, names in TIMEZONE_DATA.items():
        if prefix.startswith("1") and len(prefix) >= 4:
            found.setdefault(prefix[:4], []).append((prefix, names))
    return found


_PREFIXES = _by_area()


def _of_setting(unknown: str) -> tuple[str, ...]:
    return US_ZONES if unknown == US else (unknown,)


@lru_cache(maxsize=1024)
def _exists(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
