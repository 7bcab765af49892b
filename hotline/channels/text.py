"""What may stand in XML: the carrier refuses a document with one character too many, and the caller
would hear nothing.

May not: know TwiML or what is said."""

import re

# XML 1.0 allows no control characters but tab and line ends, no surrogates, no U+FFFE and U+FFFF.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def xml_safe(text: str) -> str:
    """The text without characters that no XML document may hold."""
    return _FORBIDDEN.sub("", text)
