"""Every setting of an installation, read from the environment (prefix BACKLINE_) and checked together.

May not: open connections or files. Production mode's refusals are listed in `faults`, each with what to
set."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

PROTOCOL_FOLDER = Path(__file__).resolve().parent.parent / "flows" / "back_pain"


class Settings(BaseSettings):
    """One installation. Times carry their unit in the name."""

    model_config = SettingsConfigDict(env_prefix="BACKLINE_", hide_input_in_errors=True, extra="ignore")

    mode: Literal["trial", "production"] = "trial"
    redis_url: str = "redis://127.0.0.1:6379/0"
    queue_redis_url: str = ""
    account_sid: str = "AC00000000000000000000000000000000"
    auth_token: SecretStr = SecretStr("")
    auth_token_old: SecretStr = SecretStr("")
    public_base_url: str = ""
    text_sender: str = "+12025550100"
    voice_sender: str = "+12025550111"
    keyword_mode: Literal["self", "provider", "advanced_optout"] = "self"
    keyword_modes: str = Field("", description="senders with a mode of their own: +1...=provider, a comma")
    carrier_url: str = Field("", description="trial mode only: where the stand-in carrier listens")

    address_key: SecretStr = SecretStr("")
    sealing_keys: SecretStr = Field(
        SecretStr(""), description="id:base64 of 32 bytes, the newest first, comma between"
    )
    protocol_folder: Path = PROTOCOL_FOLDER

    emergency: str = "911"
    emergency_spoken: str = "9 1 1"
    crisis: str = "988"
    crisis_spoken: str = "9 8 8"
    clinic_name: str = "Main St Clinic"
    clinic_phone: str = "555-010-0100"
    line_phone: str = "555-010-0111"
    link: str = "main.example/t"
    area: str = "Kent County"
    poison: str = "800-222-1222"
    dv: str = "800-799-7233"

    desk_days: str = Field(
        "", description="days with nurses on duty, as 0-4 (Monday is 0); empty: no nurse desk"
    )
    desk_from: str = "08:00"
    desk_until: str = "17:00"
    desk_zone: str = "America/New_York"
    desk_answer_h: int = 2
    desk_phones: str = Field("", description="numbers that ring for key 0 while the desk is open, in order")
    rota_file: Path | None = Field(None, description="a YAML file with hours, holidays and phones")
    on_call_number: str = ""
    on_call_webhook: str = ""
    escalate_after_min: int = 15
    optout_feed_url: str = Field("", description="where opt-outs that are said here are passed on to")
    optout_feed_secret: SecretStr = Field(
        SecretStr(""), description="signs what is passed on, and checks what comes; empty: no feed"
    )
    optout_feed_secret_old: SecretStr = Field(
        SecretStr(""), description="the secret before, which still checks what comes"
    )

    voice_rate: int = Field(90, ge=50, le=120, description="percent of the voice's own pace")
    voice_rate_again: int = Field(80, ge=50, le=120, description="the same, where a prompt is repeated")
    voice_pause_ms: int = Field(250, ge=0, le=2000, description="between two sentences")
    audio_folder: Path | None = Field(None, description="recorded sentences: a folder a language")
    speech: bool = Field(False, description="take spoken answers beside keys; carriers charge for it")
    speech_confidence: float = Field(0.5, ge=0, le=1, description="under it, spoken words are no answer")
    ring_s: int = Field(20, ge=5, le=60, description="how long one nurse's phone rings")
    message_s: int = Field(120, ge=10, le=600, description="longest recorded message")

    send_from: str = "09:00"
    send_until: str = "20:00"
    weekly_cap: int = Field(7, ge=1, le=7, description="texts a person gets in any seven days at most")
    discreet: bool = Field(
        False, description="the follow-up names no health, for everybody who did not choose"
    )
    unknown_zone: str = Field(
        "US", description="candidate zones for a number whose place is unknown: US or a zone name"
    )

    listen: Literal["off", "on"] = Field(
        "off", description="on: a sentence model asks back where a text not understood may tell of danger"
    )
    late_answer_s: float = 2.0
    reply_keep_min: int = 15
    seen_keep_h: int = 48
    events_keep_h: int = 168
    store_timeout_s: float = 0.6
    send_timeout_s: float = 4.0
    lease_s: float = 30.0
    unknown_after_s: float = 120.0
    stop_wait_s: float = 5.0
    status_after_s: float = 900.0
    text_segments_per_s: float = 0.0
    contact_segments_a_day: int = Field(100, ge=0, description="0: no limit")
    line_segments_a_day: int = Field(0, ge=0, description="0: no limit")
    contact_calls_a_day: int = Field(2, ge=0, description="check-in calls; 0: no limit")
    line_calls_a_day: int = Field(1000, ge=0, description="the same for the whole line; 0: no limit")
    park_after: int = 5
    beat_s: float = 1.0
    beat_late_s: float = 60.0
    clock_lease_s: float = 10.0
    metrics_token: SecretStr = SecretStr("")
    batch: int = 100
    send_threads: int = 16
    log_level: str = "INFO"


class Defaults(Settings):
    """The settings of a command that needs none: the defaults and what it says, whatever the environment."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        *others: PydanticBaseSettingsSource,
        **named: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what is given in the call."""
        return (init_settings,)
