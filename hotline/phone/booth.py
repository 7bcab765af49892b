"""What the page's views share: the carrier, the line, the clock, and how the last words were read.

May use: the carrier and the rooms `people`, `reading`. May not: draw anything."""

from dataclasses import dataclass, field

from hotline.line import Line
from hotline.phone.call import Call
from hotline.phone.carrier import Carrier
from hotline.phone.clock import Clock
from hotline.phone.people import Person
from hotline.phone.reading import Readings


@dataclass(frozen=True)
class Booth:
    """What the views share: the carrier, the line, the clock, and how the last words were read."""

    carrier: Carrier
    line: Line | None
    clock: Clock
    readings: Readings = field(default_factory=Readings)

    def call_of(self, person: Person) -> Call | None:
        """The last call of that phone, over or not."""
        calls = [call for call in self.carrier.calls() if person.number in (call.from_, call.to)]
        return calls[-1] if calls else None

    def address_of(self, person: Person) -> str:
        """What the line makes a contact of: the number, or where it is withheld, the call."""
        call = self.call_of(person) if person.withheld else None
        return f"anonymous:{call.sid}" if call else person.number

    def has_seen(self, number: str) -> bool:
        """Whether that phone has texted or called."""
        return bool(self.carrier.thread(number)) or any(call.from_ == number for call in self.carrier.calls())
