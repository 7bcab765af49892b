"""The made-up people whose phone the page can be: a short id for the address bar, a name, a number, a place.

May use: places (what a withheld number looks like). May not: hold a number outside the reserved 555-01xx."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from hotline.phone.places import ANONYMOUS


@dataclass(frozen=True, slots=True)
class Person:
    """One made-up person. `slug` stands in URLs, so that no number does; `zone`: where the page tells the
    time for."""

    slug: str
    name: str
    number: str
    place: str
    zone: str

    @property
    def withheld(self) -> bool:
        """Whether this phone shows no number: it can call, but nobody can text from it."""
        return self.number == ANONYMOUS

    @property
    def shown(self) -> str:
        """The number as people write it."""
        if self.withheld:
            return "number withheld"
        return f"{self.number[:2]} {self.number[2:5]} {self.number[5:8]} {self.number[8:]}"

    def tz(self) -> ZoneInfo:
        """The time zone of the place."""
        return ZoneInfo(self.zone)


PEOPLE = (
    Person("alex", "Alex", "+12025550101", "Washington", "America/New_York"),
    Person("bea", "Bea", "+13125550102", "Chicago", "America/Chicago"),
    Person("cruz", "Cruz", "+13035550103", "Denver", "America/Denver"),
    Person("dee", "Dee", "+18085550104", "Honolulu", "Pacific/Honolulu"),
    # A toll-free number gets no texts: check-ins come to it as calls.
    Person("eve", "Eve", "+18005550105", "an office phone", "America/New_York"),
    Person("withheld", "Unknown", ANONYMOUS, "Washington", "America/New_York"),
)
# From here on, so that neither the people above nor the line's own senders are met again.
FIRST_NEW, LAST_NEW = 50, 99


def person_of(slug: str) -> Person | None:
    """The person of an id, None for nobody. `new50` to `new99` are people who have not called yet."""
    found = re.fullmatch("new([0-9]{2})", slug)
    if found and FIRST_NEW <= int(found[1]) <= LAST_NEW:
        return Person(slug, f"Caller {found[1]}", f"+120255501{found[1]}", "Washington", "America/New_York")
    return next((person for person in PEOPLE if person.slug == slug), None)


def somebody_new(known: Callable[[str], bool]) -> str:
    """The id of the first person whose number the carrier has not seen; the last one when it has seen all."""
    for number in range(FIRST_NEW, LAST_NEW):
        if not known(f"+120255501{number}"):
            return f"new{number}"
    return f"new{LAST_NEW}"
