"""The texts the carrier holds, and what it checks before it takes a new one.

May use: segments, account. May not: keep state, send anything."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

from hotline.phone.account import Account
from hotline.phone.segments import count

MAX_BODY = 1600
VERSION = "2010-04-01"
ADDRESS = re.compile(r"^(whatsapp:)?\+[1-9][0-9]{6,14}$")
ERRORS = {
    20001: (400, "Invalid parameter"),
    20003: (401, "Authenticate"),
    20404: (404, "The requested resource {} was not found"),
    20429: (429, "Too Many Requests"),
    20500: (500, "An internal server error has occurred"),
    21201: (400, "No 'To' number is specified"),
    21205: (400, "Url is not a valid URL"),
    21210: (400, "'From' phone number not verified"),
    21211: (400, "Invalid 'To' Phone Number"),
    21213: (400, "'From' phone number is required"),
    21408: (400, "Permission to send an SMS has not been enabled for the region of the 'To' number"),
    21601: (400, "Phone number is not a valid SMS-capable inbound phone number"),
    21602: (400, "Message body is required."),
    21603: (400, "A 'From' phone number is required."),
    21604: (400, "A 'To' phone number is required."),
    21606: (400, "The 'From' phone number is not a message-capable number of this account"),
    21609: (400, "The 'StatusCallback' URL is not a valid URL."),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21614: (400, "'To' number is not a valid mobile number"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
    21635: (400, "'To' number cannot be a landline"),
}


class RestRefused(Exception):
    """The carrier refuses a REST request: `code` is its error code, `status` the HTTP status."""

    def __init__(self, code: int, about: str = "") -> None:
        self.code = code
        self.status, words = ERRORS.get(code, (400, "The request was refused"))
        self.words = words.format(about)
        super().__init__(f"{code}: {self.words}")

    def shown(self) -> dict[str, object]:
        """The error as the carrier writes it."""
        link = f"https://www.twilio.com/docs/errors/{self.code}"
        return {"code": self.code, "message": self.words, "more_info": link, "status": self.status}


@dataclass(slots=True)
class Message:
    """One text, either way. Changed only by Carrier, under its lock."""

    sid: str
    direction: str
    from_: str
    to: str
    body: str
    status: str
    created: datetime
    updated: datetime
    sent: datetime | None = None
    media: int = 0
    error_code: int | None = None
    status_callback: str | None = None
    validity_s: int | None = None

    @property
    def inbound(self) -> bool:
        """Did a person send it to the line?"""
        return self.direction == "inbound"

    def shown(self, account_sid: str) -> dict[str, object]:
        """The message as the carrier's REST writes it."""
        uri = f"/{VERSION}/Accounts/{account_sid}/Messages/{self.sid}"
        return {
            "account_sid": account_sid,
            "api_version": VERSION,
            "body": self.body,
            "date_created": when(self.created),
            "date_sent": when(self.sent) if self.sent else None,
            "date_updated": when(self.updated),
            "direction": self.direction,
            "error_code": self.error_code,
            "error_message": "Message delivery failed" if self.error_code else None,
            "from": self.from_,
            "messaging_service_sid": None,
            "num_media": str(self.media),
            "num_segments": str(count(self.body)[1]),
            "price": None,
            "price_unit": "USD",
            "sid": self.sid,
            "status": self.status,
            "subresource_uris": {"media": f"{uri}/Media.json"},
            "to": self.to,
            "uri": f"{uri}.json",
        }


def when(moment: datetime) -> str:
    """A moment as the carrier writes it (RFC 2822, +0000)."""
    return format_datetime(moment.astimezone(UTC))


def new_sid(letters: str) -> str:
    """A fresh id of the carrier: two letters and 32 hexadecimal digits."""
    return letters + secrets.token_hex(16)


def check(form: Mapping[str, str], account: Account, opted_out: set[str]) -> None:
    """What the carrier refuses before it takes a text. Raises RestRefused with its code."""
    to, body = form.get("To", ""), form.get("Body", "")
    sender = form.get("From", "")
    faults = {
        21604: not to,
        21211: not ADDRESS.match(to),
        21603: not sender,
        21606: not account.owns(sender) or sender.startswith("whatsapp:") != to.startswith("whatsapp:"),
        21602: not body and "MediaUrl" not in form,
        21617: len(body) > MAX_BODY,
        21609: not re.match(r"^(https?://[^/\s]+\S*)?$", form.get("StatusCallback", "")),
        20001: not re.match(r"^([1-9][0-9]{0,4})?$", form.get("ValidityPeriod", "")),
        21610: to.removeprefix("whatsapp:") in opted_out,
    }
    _refuse_first(faults)


def check_call(form: Mapping[str, str], account: Account) -> None:
    """What the carrier refuses before it places a call. Raises RestRefused with its code."""
    faults = {
        21201: not form.get("To"),
        21211: not ADDRESS.match(form.get("To", "")),
        21213: not form.get("From"),
        21210: not account.owns(form.get("From", "")),
        21205: not re.match(r"^https?://[^/\s]+\S*$", form.get("Url", "")),
    }
    _refuse_first(faults)


def _refuse_first(faults: Mapping[int, object]) -> None:
    code = next((code for code, wrong in faults.items() if wrong), None)
    if code is not None:
        raise RestRefused(code)
