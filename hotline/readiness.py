"""What an installation still lacks: every problem at once, each with what to set. Production does not
start with any.

May not: mend anything."""

from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from pydantic import SecretStr, ValidationError

from flows import call_slots
from flows.segments import segments
from flows.window import Window
from hotline import keywords, listening, recordings
from hotline.errors import BackLineError, SettingsError, StoreAway, StoreUnsafe
from hotline.line import Line, open_line
from hotline.settings import Settings
from hotline.signing import sign_off_of

TOLL_FREE = ("+1800", "+1888", "+1877", "+1866", "+1855", "+1844", "+1833")
NO_TOKEN = "no auth token: set BACKLINE_AUTH_TOKEN to the token of your carrier account"
MADE_UP = {
    "text_sender": "the number or short code of yours that texts come from",
    "voice_sender": "the number of yours that people call",
    "clinic_name": "what people call your clinic",
    "clinic_phone": "where your clinic is reached",
    "line_phone": "the number of this line, as people read it",
    "link": "your page about the programme",
}
"""The settings whose defaults are made up for the demo, and what to set instead."""
EARLIEST, LATEST = time(8), time(21)
"""The hours outside which no reminder may leave (TELEPHONY §5)."""
TWICE = (("emergency", "emergency_spoken"), ("crisis", "crisis_spoken"))
SHORTEST_SECRET = 32
NO_STORE = "Redis does not answer: set BACKLINE_REDIS_URL to a running Redis 6.2 or later"


def examine() -> dict[str, Any]:
    """This environment's installation: every problem and warning, even where no line can be opened."""
    try:
        settings = Settings()
    except ValidationError as fault:
        told = [f"BACKLINE_{str(error['loc'][0]).upper()}: {error['msg']}" for error in fault.errors()]
        return {"ready": False, "problems": told, "warnings": [], "protocol": None}
    found, advice, protocol = setting_problems(settings), warnings(settings), None
    try:
        open_line(settings)
    except SettingsError as fault:
        found += [text for text in str(fault).splitlines() if text.partition(":")[0] not in "\n".join(found)]
    except (BackLineError, ValueError) as fault:
        found += str(fault).splitlines()
    try:
        # With made-up keys: what is wrong with the store and the sign-off is told beside missing ones.
        blank = {"mode": "trial", "address_key": SecretStr(""), "sealing_keys": SecretStr("")}
        line = open_line(settings.model_copy(update=blank))
        protocol = line.protocol.hash
        found += store_problems(line) + filling_problems(line) + sign_off_problems(line)
        advice += recording_warnings(line) + call_hour_warnings(line) + line.store.advice()
    except (BackLineError, ValueError) as fault:
        found += [text for text in str(fault).splitlines() if text not in found]
    return {"ready": not found, "problems": found, "warnings": advice, "protocol": protocol}


def warnings(settings: Settings) -> list[str]:
    """What works but should be thought about."""
    found = []
    try:
        carrier_answers = keywords.mode_of(settings, settings.text_sender) != "self"
    except keywords.BadModes:
        carrier_answers = False  # told as a problem
    if settings.text_sender.startswith(TOLL_FREE) and carrier_answers:
        found.append(
            "the only text sender is toll-free: its carrier answers STOP itself, "
            "cannot name the emergency number there, and "
            "blocks what the person sends later. Set BACKLINE_TEXT_SENDER to a short code or a local number"
        )
    return found


def call_hour_warnings(line: Line) -> list[str]:
    """Hours that callers may choose for check-in calls, and that the sending window cuts off."""
    window, found = line.window, []
    for slot, begins in line.protocol.programme.call_slots.items():
        first = time.fromisoformat(begins)
        last = (datetime.combine(date.min, first) + call_slots.LENGTH).time()
        if window.over_midnight or not window.opens <= first < last <= window.closes:
            found.append(
                f"check-in calls chosen for the {slot} ({begins}) come at another hour: "
                "let BACKLINE_SEND_FROM and BACKLINE_SEND_UNTIL "
                f"hold {first:%H:%M} to {last:%H:%M}, or change call_slots"
            )
    return found


def recording_warnings(line: Line) -> list[str]:
    """Recordings that are never played, because their sentence or its words are others now: it is spoken."""
    folder = line.settings.audio_folder
    if folder is None or not folder.is_dir():
        return []
    return [f"recordings: {fault}" for fault in recordings.check(folder, line.protocol, line.fill)[0]]


def must_be_ready(line: Line, *, away_is_fine: bool = False) -> None:
    """SettingsError or StoreUnsafe: in production mode, with every problem and its remedy.

    away_is_fine: a Redis that does not answer is no problem yet, because whoever asks looks again later."""
    if not line.settings.auth_token.get_secret_value():
        raise SettingsError(NO_TOKEN)
    if line.settings.mode != "production":
        return
    found = setting_problems(line.settings) + filling_problems(line) + sign_off_problems(line)
    if found:
        raise SettingsError("\n".join(found))
    try:
        unsafe = line.store.check()
    except StoreAway:
        unsafe = [] if away_is_fine else [NO_STORE]
    if unsafe:
        raise StoreUnsafe("\n".join(unsafe))


def settings_must_do(settings: Settings) -> None:
    """SettingsError: in production mode, with everything that is missing, before a line is opened."""
    found = setting_problems(settings) if settings.mode == "production" else []
    if found:
        raise SettingsError("\n".join(found))


def setting_problems(settings: Settings) -> list[str]:
    """The settings that are missing or unsafe."""
    found = []
    if not settings.auth_token.get_secret_value():
        found.append(NO_TOKEN)
    if not settings.public_base_url.startswith("https://"):
        found.append(
            "no public address: set BACKLINE_PUBLIC_BASE_URL to the https address that the carrier calls"
        )
    if settings.account_sid == Settings.model_fields["account_sid"].default:
        found.append("no account: set BACKLINE_ACCOUNT_SID to your carrier account")
    if not settings.address_key.get_secret_value():
        found.append(
            "no address key: set BACKLINE_ADDRESS_KEY (openssl rand -base64 32), and never change it"
        )
    if not settings.sealing_keys.get_secret_value():
        found.append(
            "no sealing keys: set BACKLINE_SEALING_KEYS to an id, a colon and openssl rand -base64 32"
        )
    if settings.carrier_url and settings.mode == "production":
        found.append("a stand-in carrier is set: unset BACKLINE_CARRIER_URL in production")
    try:
        keywords.modes(settings)
    except keywords.BadModes as fault:
        found.append(f"BACKLINE_KEYWORD_MODES cannot be read: {fault}")
    found += _hour_problems(settings) + _feed_problems(settings)
    if settings.speech and settings.mode == "production":
        found.append("spoken answers can still lose a sign: unset BACKLINE_SPEECH in production")
    if settings.listen == "on" and not listening.installed():
        found.append(listening.MISSING)
    if settings.audio_folder is not None and not settings.audio_folder.is_dir():
        found.append(
            f"no folder {settings.audio_folder}: set BACKLINE_AUDIO_FOLDER to the one with the recordings, "
            "or unset it"
        )
    for name, what in MADE_UP.items():
        if getattr(settings, name) == Settings.model_fields[name].default:
            found.append(f"a made-up {name.replace('_', ' ')}: set BACKLINE_{name.upper()} to {what}")
    return found


def _hour_problems(settings: Settings) -> list[str]:
    """Reminders never reach anybody at night, whatever the settings say: they may be narrower only."""
    try:
        window = Window.between(settings.send_from, settings.send_until)
    except ValueError as fault:
        return [f"{fault}: set BACKLINE_SEND_FROM and BACKLINE_SEND_UNTIL to two hours of a day"]
    by_day = EARLIEST <= window.opens < window.closes <= LATEST
    if settings.mode == "production" and not by_day:
        return [
            "reminders may leave at night: set BACKLINE_SEND_FROM and BACKLINE_SEND_UNTIL "
            f"to hours between {EARLIEST:%H:%M} and {LATEST:%H:%M}"
        ]
    return []


def _feed_problems(settings: Settings) -> list[str]:
    """Numbers of people go over it, and whoever can forge it can end anybody's reminders."""
    url, secret = settings.optout_feed_url, settings.optout_feed_secret.get_secret_value()
    found = []
    if url and not url.startswith("https://") and settings.mode == "production":
        found.append("the opt-out feed is not encrypted: set BACKLINE_OPTOUT_FEED_URL to an https address")
    if url and not secret:
        found.append(
            "the opt-out feed has no secret: set BACKLINE_OPTOUT_FEED_SECRET (openssl rand -base64 32)"
        )
    old = settings.optout_feed_secret_old.get_secret_value()
    for name, told in (("SECRET", secret), ("SECRET_OLD", old)):
        if told and len(told) < SHORTEST_SECRET and settings.mode == "production":
            found.append(
                f"BACKLINE_OPTOUT_FEED_{name} is shorter than {SHORTEST_SECRET} characters, so it can be "
                "guessed: make one with openssl rand -base64 32"
            )
    return found


def filling_problems(line: Line) -> list[str]:
    """The settings that fill a placeholder and do not fit the room it was measured with, or the alphabet."""
    found = []
    for name, value in line.fill.items():
        placeholder = line.protocol.placeholders.get(name)
        what = _misfit(name, value, placeholder.longest) if placeholder else ""
        if what:
            found.append(f"BACKLINE_{name.upper()} {what}")
    for written, spoken in TWICE:
        digits = _digits(line.fill[written])
        if not digits or digits != _digits(line.fill[spoken]):
            found.append(
                f"BACKLINE_{spoken.upper()} is not the number of BACKLINE_{written.upper()}: "
                "write the same digits with spaces between them"
            )
    return found


def _misfit(name: str, value: str, longest: int) -> str:
    """What is wrong with the value of a placeholder, or ""."""
    if not value.strip():
        return "is empty: the texts need it"
    odd = sorted({sign for sign in value if segments(sign).encoding != "GSM-7"})
    if odd and not name.endswith("_spoken"):
        return f"has {' '.join(odd)}, which texts are sent without (GSM-7): write it with plain letters"
    units = segments(value).units
    if units > longest:
        return f"takes {units} characters, {longest} at most: texts would cost more segments, so shorten it"
    return ""


def _digits(told: str) -> str:
    return "".join(filter(str.isdigit, told))


def store_problems(line: Line) -> list[str]:
    """What is wrong with the Redis."""
    try:
        return line.store.check()
    except StoreAway:
        return [NO_STORE]


def sign_off_problems(line: Line) -> list[str]:
    """Whether a named clinician signed just this protocol."""
    signed = signed_hash(Path(line.settings.protocol_folder))
    if signed is None:
        return [
            f"the protocol {line.protocol.hash} is not signed: a clinician of the clinic reads it and "
            "signs it with `hotline sign --name NAME --role ROLE`"
        ]
    if signed != line.protocol.hash:
        return [
            f"the protocol changed since it was signed ({signed}): "
            f"have the clinician sign {line.protocol.hash}"
        ]
    return []


def signed_hash(folder: Path) -> str | None:
    """The hash that the folder's sign-off names, or None where there is no whole sign-off."""
    signed = sign_off_of(folder)
    return signed.hash if signed else None
