"""Settings: one documented table, read from a TOML file and from `WEBMACS_…` variables."""

import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, ValidationError, field_validator, model_validator
from sqlalchemy.engine.url import make_url
from sqlalchemy.exc import ArgumentError

from webmacs_edge.config_backup import BackupSettings
from webmacs_edge.config_web import WebSettings
from webmacs_edge.model.errors import SettingsError
from webmacs_edge.model.network import read_networks

PREFIX = "WEBMACS_"
CONFIG_FILE_VARIABLE = "WEBMACS_CONFIG_FILE"
DEFAULT_CONFIG_FILE = Path("/etc/webmacs-edge/webmacs-edge.toml")
_URL_OPTIONS = ("host", "ssl", "sslmode")
_POSTGRESQL = ("postgresql+asyncpg", "postgresql", "postgres")  # the first is what it becomes
_CHECKOUT = Path(__file__).resolve().parent.parent
RESOURCES = _CHECKOUT if (_CHECKOUT / "templates").is_dir() else Path("/usr/share/webmacs-edge")


class Settings(WebSettings, BackupSettings):
    """What a site decides; every field is a key of the TOML file and a `WEBMACS_…` variable."""

    data_dir: Path = Field(
        Path("/var/lib/webmacs-edge"), description="Directory of the databases and keys."
    )
    database_url: str = Field(
        "",
        repr=False,
        description="PostgreSQL instead of SQLite files: "
        "`postgresql+asyncpg://USER:PASSWORD@HOST/DATABASE` (docs/postgresql.md).",
    )
    site_id: str = Field(
        "",
        pattern="^[a-z0-9_]{0,40}$",
        description="Name of this appliance among those that share a PostgreSQL database; empty: "
        "one that is made at the first start.",
    )
    spool_mb: int = Field(
        2048,
        ge=16,
        le=1_000_000,
        description="Megabytes kept here at most while PostgreSQL cannot be reached.",
    )
    process_image: Path = Field(
        Path("/dev/piControl0"), description="The process image of the RevPi driver."
    )
    simulate: Literal["auto", "never"] = Field(
        "auto",
        description="Where there is no Revolution Pi and nothing was measured yet: `auto` serves a "
        "virtual plant, which every page says; `never` does not (docs/install.md).",
    )
    config_rsc: Path | None = Field(
        None, description="The PiCtory file; empty: the places where RevPi OS keeps it."
    )
    compare_configuration: bool = Field(
        default=True,
        description="Compare the PiCtory file with what the driver says of itself, and read "
        "nothing where they differ; off only where a driver tells it wrongly (docs/devices.md).",
    )
    scan_hz: float = Field(10.0, ge=1, le=100, description="Acquisition cycles per second.")
    output_sole_writer: bool = Field(
        default=False,
        description="No other program writes outputs of this device: the driver then sets **all** "
        "outputs to 0 when this appliance dies or hangs.",
    )
    output_watchdog_s: float = Field(
        2.0, ge=0.5, le=60, description="Seconds after which it does so."
    )
    output_loop_limit_s: float = Field(
        10.0,
        ge=0,
        le=600,
        description="Seconds without a sign of life of the web side after which commanded outputs "
        "go to their safe values; 0: never.",
    )
    status_leds: bool = Field(
        default=False,
        description="Show on the LEDs of the base that this appliance runs (A1), has alarms (A2), "
        "is being updated (A3), has forced values (A4) or cannot store (A5).",
    )
    flush_seconds: float = Field(
        10.0, ge=1, le=60, description="Seconds of samples at risk on power loss."
    )
    initial_admin_email: str = Field(
        "", max_length=255, description="Unattended set-up: e-mail of the first admin."
    )
    initial_admin_password: str = Field(
        "",
        repr=False,
        description="Unattended set-up: password of the first admin (10 characters or more).",
    )
    site_name: str = Field(
        "WebMACS Edge", min_length=1, max_length=60, description="Name in the header."
    )
    time_zone: str = Field("Europe/Berlin", description="IANA time zone of the pages.")
    language: Literal["", "en", "de"] = Field(
        "",
        description="Language of the pages for people who chose none: `en` or `de`; empty: as "
        "their browser asks.",
    )
    cors_origins: list[str] = Field(
        default_factory=list,
        max_length=20,
        description="Web origins that may use the API (JSON list).",
    )
    rate_limit_per_minute: int = Field(
        1200,
        ge=10,
        le=1_000_000,
        description="Requests per minute of one address and login; files, values posted or read, "
        "streams and sockets are not counted.",
    )
    webhook_allow: list[str] = Field(
        default_factory=list,
        max_length=50,
        description="Addresses or networks that webhooks may reach although they are this box or "
        "link-local (JSON list); networks of the plant need not be named.",
    )
    trusted_proxies: list[str] = Field(
        default_factory=list,
        max_length=20,
        description="Addresses or networks of reverse proxies whose `X-Forwarded-For` counts "
        "(JSON list).",
    )
    metrics_allow: list[str] = Field(
        default_factory=list,
        max_length=20,
        description="Addresses or networks that may read `/metrics` without a login (JSON list).",
    )
    watch_box: bool = Field(
        default=True,
        description="Processor, memory, disk and temperature of this box as a device with channels "
        "from the first start.",
    )
    allow_driver_upload: bool = Field(
        default=False,
        description="Let administrators upload packages of drivers (docs/devices.md).",
    )
    update_repository: str = Field(
        "",
        max_length=200,
        pattern=r"^([A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+)?$",  # \w{1,100} would take 11 MiB
        description="Where releases are published, `OWNER/NAME` on GitHub; empty: nowhere is "
        "looked.",
    )
    update_api_url: str = Field(
        "https://api.github.com",
        max_length=500,
        pattern=r"^https?://[^\s?#]+$",
        description="Address of GitHub's API, or of a server that answers like it.",
    )
    update_channel: Literal["stable", "beta"] = Field(
        "stable", description="Which releases are offered; `beta`: early ones too."
    )
    update_token: str = Field(
        "",
        repr=False,
        max_length=255,
        pattern=r"^[!-~]*$",
        description="Token for a private repository, open to whoever reads this file; better "
        "on the page Updates, which seals it.",
    )
    update_media: list[str] = Field(
        default_factory=lambda: ["/media", "/run/media", "/mnt"],
        max_length=10,
        description="Where USB sticks are mounted; updates on them are offered (JSON list).",
    )
    log_level: str = Field(
        "INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="Least level logged."
    )

    @field_validator("config_rsc", mode="before")
    @classmethod
    def _empty_is_none(cls, value: Any) -> Any:
        return None if value == "" else value

    @field_validator("database_url")
    @classmethod
    def _is_postgresql(cls, value: str) -> str:
        if not value:
            return value
        try:
            url = make_url(value)
        except (ArgumentError, ValueError):
            url = None  # what it says must not be told: it may hold a password
        if url is None or url.drivername not in _POSTGRESQL or not url.database:
            raise ValueError(
                "Give a URL like postgresql+asyncpg://USER:PASSWORD@HOST/DATABASE, with special "
                "characters of the password as %40 and the like, or nothing for SQLite."
            )
        unknown = sorted(set(url.query) - set(_URL_OPTIONS))
        if unknown:
            raise ValueError(
                f"{unknown[0]} is not known in this URL. Known are: {', '.join(_URL_OPTIONS)}."
            )
        return url.set(drivername=_POSTGRESQL[0]).render_as_string(hide_password=False)

    @field_validator("trusted_proxies", "webhook_allow", "metrics_allow")
    @classmethod
    def _are_networks(cls, value: list[str]) -> list[str]:
        try:
            read_networks(value)
        except ValueError as error:
            raise ValueError(
                f"{error}. Give addresses such as 192.168.7.1, or networks such as 192.168.7.0/28."
            ) from error
        return value

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(
                f"{value} is not a known time zone; use a name like Europe/Berlin or UTC."
            ) from error
        return value

    @model_validator(mode="after")
    def _both_or_none(self) -> "Settings":
        if bool(self.initial_admin_email) != bool(self.initial_admin_password):
            raise ValueError(
                "Give both initial_admin_email and initial_admin_password, or neither."
            )
        return self


def load_settings(
    file: Path | None = None,
    *,
    environment: Mapping[str, str] | None = None,
    **given: Any,
) -> Settings:
    """Settings from `given`, the environment and the file, in this order of precedence.

    SettingsError names the key and what is wrong with it; unknown keys are refused.
    """
    environment = os.environ if environment is None else environment
    refuse_unknown_variables(environment)
    path = _settings_file(file, environment)
    try:
        return Settings(**{**_from_file(path), **_from_environment(environment), **given})
    except ValidationError as error:
        raise SettingsError(_sentence(error, path)) from error


def _from_file(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(f"The settings file {path} cannot be read: {error}") from error


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    """The variables that are set; lists are written as JSON."""
    found: dict[str, Any] = {}
    for name, field in Settings.model_fields.items():
        text = environment.get(PREFIX + name.upper())
        if text is None:
            continue
        found[name] = _json_list(name, text) if field.annotation == list[str] else text
    return found


def _json_list(name: str, text: str) -> Any:
    try:
        return json.loads(text or "[]")
    except ValueError as error:
        raise SettingsError(
            f'{PREFIX}{name.upper()} must be a JSON list such as ["http://pc7.plant.lan"].'
        ) from error


def refuse_unknown_variables(environment: Mapping[str, str]) -> None:
    """SettingsError when a `WEBMACS_…` variable is not a setting: a typo must not pass silently."""
    known = {PREFIX + name.upper() for name in Settings.model_fields} | {CONFIG_FILE_VARIABLE}
    unknown = sorted(n for n in environment if n.startswith(PREFIX) and n.upper() not in known)
    if unknown:
        raise SettingsError(
            f"{', '.join(unknown)} is not a setting. Known are: {', '.join(sorted(known))}."
        )


def _settings_file(file: Path | None, environment: Mapping[str, str]) -> Path | None:
    if file is None and environment.get(CONFIG_FILE_VARIABLE):
        file = Path(environment[CONFIG_FILE_VARIABLE])
    if file is None:
        return DEFAULT_CONFIG_FILE if DEFAULT_CONFIG_FILE.is_file() else None
    if not file.is_file():
        raise SettingsError(f"The settings file {file} does not exist.")
    return file


def _sentence(error: ValidationError, path: Path | None) -> str:
    lines = []
    for fault in error.errors():
        name = ".".join(str(part) for part in fault["loc"])
        if fault["type"] == "extra_forbidden":
            lines.append(f"{name} is not a setting (in {path}).")
        else:
            place = f"{name} ({PREFIX}{name.upper()}): " if name else ""
            lines.append(place + fault["msg"].removeprefix("Value error, "))
    return "\n".join(lines)
