"""What a number tells of the phone behind it.

May not: reach the network, or log a number."""

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


@lru_cache(maxsize=4096)
def may_get_texts(address: str) -> bool:
    """Whether a text to this address can arrive, as far as the number itself tells."""
    try:
        number = phonenumbers.parse(address.rpartition(":")[2], None)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.number_type(number) not in _NO_TEXTS
