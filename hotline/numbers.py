"""Whether something is a phone number, and what it tells of the phone behind it.

May not: reach the network, or log a number."""

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumberType

# A North American number does not tell a mobile from a landline: it may get texts, and the carrier says so.
_NO_TEXTS = (
    PhoneNumberType.FIXED_LINE,
    PhoneNumberType.TOLL_FREE,
    PhoneNumberType.PREMIUM_RATE,
    PhoneNumberType.SHARED_COST,
    PhoneNumberType.UAN,
)


_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")


def is_number(told: str) -> bool:
    """Whether this is a number as carriers write it: + and the country first, digits only."""
    return _NUMBER.fullmatch(told) is not None


@lru_cache(maxsize=4096)
def may_get_texts(address: str) -> bool:
    """Whether a text to this address can arrive, as far as the number itself tells."""
    try:
        number = phonenumbers.parse(address.rpartition(":")[2], None)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.number_type(number) not in _NO_TEXTS
