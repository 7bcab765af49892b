"""A running hotline: protocol, store, sender and settings in one value. The only wiring, and never at import.

May not: decide anything; every room gets the line, or the part of it that it needs, as an argument."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from flows.load import load, loads
from flows.protocol import Protocol
from flows.window import Window
from hotline.desk import Rota
from hotline.listening import Listener
from hotline.outbound import Outbound
from hotline.recordings import Recordings
from hotline.rendering import Renderer
from hotline.rota_file import rota_of
from hotline.sealing import Sealer
from hotline.settings import Settings
from hotline.store import Store, open_store


@dataclass(frozen=True)
class Line:
    """One installation at work. window: the hours of sending, without the clinic's days of rest."""

    settings: Settings
    protocol: Protocol
    store: Store
    sealer: Sealer
    sender: Outbound
    renderer: Renderer
    window: Window
    rota: Rota
    listener: Listener | None = None
    _older: dict[str, Protocol] = field(default_factory=dict)

    @property
    def fill(self) -> Mapping[str, str]:
        """The placeholders that the settings fill."""
        return self.renderer.fill

    def now(self) -> datetime:
        """The time that every decision uses: aware, UTC; in trial mode it can be moved on."""
        return self.store.clock.now()

    def protocol_of(self, hash: str) -> Protocol:
        """The protocol that a session is pinned to; today's where the old one is nowhere to be found.

        StoreAway: Redis does not answer."""
        if hash == self.protocol.hash:
            return self.protocol
        if hash not in self._older:
            files = self.store.versions.files(hash)
            if files is None:
                return self.protocol
            self._older[hash] = loads(files)
        return self._older[hash]

    def publish(self) -> None:
        """Keep this protocol's files in the store, so that its open sessions outlive a newer one.
        StoreAway."""
        self.store.versions.publish(self.protocol.hash, self.protocol.files)


FILLED = (
    "emergency",
    "emergency_spoken",
    "crisis",
    "crisis_spoken",
    "clinic_name",
    "clinic_phone",
    "line_phone",
    "link",
    "area",
    "poison",
    "dv",
)


def filled_by(settings: Settings) -> dict[str, str]:
    """The placeholders that these settings fill."""
    return {name: getattr(settings, name) for name in FILLED}


def open_line(settings: Settings) -> Line:
    """Wire a line from its settings; reaches nothing yet but the protocol's files and
    the recordings.

    FaultyProtocol: every fault of the protocol. SettingsError: a key that cannot be
    used, or the sentence model is not installed."""
    protocol, rota = _as_set(load(settings.protocol_folder), settings), rota_of(settings)
    rests = rota.holidays if protocol.programme.rest_on_holidays else frozenset()
    sealer = Sealer.from_settings(settings)
    return Line(
        settings=settings,
        protocol=protocol,
        store=open_store(settings.redis_url, settings, sealer),
        sealer=sealer,
        sender=Outbound(settings),
        renderer=Renderer(filled_by(settings), Recordings.of(settings.audio_folder, sealer.public_name)),
        window=replace(Window.between(settings.send_from, settings.send_until), rests=rests),
        rota=rota,
        listener=Listener(protocol) if settings.listen == "on" else None,
    )


def _as_set(protocol: Protocol, settings: Settings) -> Protocol:
    """The protocol whose programme sends no more a week than this installation wants, and speaks as it
    wants."""
    programme = protocol.programme
    cap = min(settings.weekly_cap, programme.weekly_cap)
    return replace(protocol, programme=replace(programme, weekly_cap=cap, discreet=settings.discreet))
