"""The people of a simulated programme: where they are, what their number tells, and what they did when.

May not: know the line. Numbers are of the reserved 555-01xx, made longer so that there are enough."""

from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from zoneinfo import ZoneInfo

AREAS = {
    "America/New_York": "212",
    "America/Chicago": "312",
    "America/Denver": "303",
    "America/Phoenix": "602",
    "America/Los_Angeles": "213",
    "America/Anchorage": "907",
    "Pacific/Honolulu": "808",
    "America/Puerto_Rico": "787",
}
"""The eight zones and an area code of each."""
TELLS_NOTHING = "800"


@dataclass(frozen=True, slots=True)
class Deed:
    """Something a person did. order: its place among all deeds and texts of the run. zone: where they were
    from then on. candidates: the zones that the line had to reckon with."""

    order: int
    at: datetime
    kind: str
    zone: str
    candidates: tuple[str, ...]


@dataclass
class Person:
    """Somebody on the programme. area: that of their number, whose zones the line reckons with until it is
    told better."""

    number: str
    zone: str
    area: str
    deeds: list[Deed] = field(default_factory=list)
    texts: int = 0

    def tz(self) -> ZoneInfo:
        """Where they are now."""
        return ZoneInfo(self.zone)

    @property
    def area_number(self) -> str:
        """A number of their area as short as real ones are."""
        return f"+1{self.area}5550143"


def crowd(count: int, chance: Random) -> list[Person]:
    """So many people, evenly over the eight zones; every tenth has a number that tells no place."""
    zones, people = list(AREAS), []
    for place in range(count):
        zone = zones[place % len(zones)]
        area = TELLS_NOTHING if chance.random() < 0.1 else AREAS[zone]
        number = f"+1{area}55501{place // 8 % 100:02}{place // 800:02}{zones.index(zone)}"
        people.append(Person(number, zone, area))
    return people
