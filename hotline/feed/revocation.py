"""One revocation of the feed, as another programme states it: read from JSON or from a line of a file.

May use: pydantic, phonenumbers. May not: reach the store, or repeat a value in a fault: it could be a
number."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import phonenumbers
from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from hotline.channels import is_withheld

FIELDS = ("id", "number", "at", "source")
LARGEST_B = 4096
"""The largest body of one revocation."""


@dataclass(frozen=True, slots=True)
class Revocation:
    """Somebody said no to another programme. id: theirs, the same however often it is sent. number: E.164.

    at: when they heard it, UTC, by their clock. source: where and how they heard it, in their words."""

    id: str
    number: str
    at: datetime
    source: str


class BadRevocation(ValueError):
    """It cannot be read. Its words name the fields and what each must be, never a value."""


def from_json(body: bytes) -> Revocation:
    """The revocation of a request's body. BadRevocation."""
    try:
        return _made(_Shape.model_validate_json(body))
    except ValidationError as fault:
        raise BadRevocation(_faults(fault)) from None


def from_fields(fields: Mapping[str, str]) -> Revocation:
    """The revocation of a line of a file. BadRevocation."""
    try:
        return _made(_Shape.model_validate_strings(dict(fields)))
    except ValidationError as fault:
        raise BadRevocation(_faults(fault)) from None


class _Shape(BaseModel):
    """What must be there; further fields are ignored, as the other side may have its own."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    id: str = Field(pattern=r"^[!-~]{1,100}$")
    number: str = Field(max_length=40)
    at: AwareDatetime
    source: str = Field("", max_length=100)

    @field_validator("number")
    @classmethod
    def _e164(cls, told: str) -> str:
        try:
            number = phonenumbers.parse(told, None)
        except phonenumbers.NumberParseException:
            raise ValueError("must be a phone number: + and the country first") from None
        written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        # Not "valid": an area that was opened since the library's tables must not lose its opt-outs.
        if not phonenumbers.is_possible_number(number) or is_withheld(written):
            raise ValueError("must be a phone number that can exist")
        return written

    @field_validator("at")
    @classmethod
    def _in_utc(cls, told: datetime) -> datetime:
        try:
            return told.astimezone(UTC)
        except OverflowError:
            raise ValueError("must be a time of this age") from None

    @field_validator("source")
    @classmethod
    def _in_one_line(cls, told: str) -> str:
        if not told.isprintable():
            raise ValueError("must be printable and of one line")
        return told

    @model_validator(mode="after")
    def _numberless(self) -> "_Shape":
        # Both are kept in the ledger, which holds no number.
        digits = self.number[-7:]
        if digits in _digits(self.id) or digits in _digits(self.source):
            raise ValueError("id and source must not hold the number")
        return self


def _made(shape: _Shape) -> Revocation:
    return Revocation(shape.id, shape.number, shape.at, shape.source)


def _digits(told: str) -> str:
    return "".join(filter(str.isdigit, told))


def _faults(fault: ValidationError) -> str:
    told = [(".".join(map(str, one["loc"])), one["msg"]) for one in fault.errors(include_input=False)]
    return "; ".join(f"{where}: {what}" if where else what for where, what in told)
