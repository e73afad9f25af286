"""Settings of what listens on the network: ports, certificate, another front end, sign-in."""

import ipaddress
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

_TLS = Path("/etc/webmacs-edge/tls")


class WebSettings(BaseModel):
    """The part of the settings that says how people and programs come in."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = Field("0.0.0.0", description="Address to listen on.")  # noqa: S104 the plant LAN
    port: int = Field(8080, ge=1, le=65535, description="TCP port of plain HTTP.")
    https_port: int = Field(8443, ge=0, le=65535, description="TCP port of HTTPS; 0: no HTTPS.")
    http: Literal["redirect", "allow", "off"] = Field(
        "redirect",
        description="Plain HTTP from other machines: `redirect` (pages lead to HTTPS, the rest is "
        "refused), `allow` (old clients that know no HTTPS) or `off` (docs/network.md).",
    )
    tls_certificate: Path = Field(
        _TLS / "certificate.pem",
        description="The site's own certificate with its chain (PEM); without one this box makes "
        "its own.",
    )
    tls_key: Path = Field(
        _TLS / "key.pem", description="The key of the site's own certificate (PEM)."
    )
    tls_names: list[str] = Field(
        default_factory=list,
        max_length=20,
        description="More names for the certificate that this box makes (JSON list).",
    )
    max_connections: int = Field(
        500, ge=20, le=10_000, description="Connections at the same time, at most."
    )
    max_connections_per_address: int = Field(
        100, ge=10, le=10_000, description="The same from one other machine."
    )
    spa_dir: Path | None = Field(
        None, description="Directory of a built Vue front end to serve as well (docs/spa.md)."
    )
    spa_port: int = Field(8081, ge=1, le=65535, description="TCP port of it, plain HTTP.")
    spa_https_port: int = Field(8444, ge=0, le=65535, description="TCP port of it, HTTPS; 0: none.")
    oidc_issuer_url: str = Field(
        "",
        max_length=500,
        description="Sign-in by OpenID Connect: URL of the provider; empty: off (docs/sso.md).",
    )
    oidc_client_id: str = Field("", max_length=255, description="Our id at the provider.")
    oidc_client_secret: str = Field(
        "", max_length=1000, repr=False, description="Our secret at the provider."
    )
    oidc_provider_name: str = Field(
        "SSO", min_length=1, max_length=50, description="Name of the provider on the button."
    )
    oidc_scopes: str = Field(
        "openid email profile", max_length=500, description="What is asked of the provider."
    )
    oidc_redirect_uri: str = Field(
        "",
        max_length=500,
        description="Where the provider sends people back to; empty: "
        "`/api/v1/auth/sso/callback` at the address that is in use.",
    )
    oidc_default_role: Literal["viewer", "operator"] = Field(
        "viewer", description="Role of a user who comes by the provider for the first time."
    )
    oidc_auto_create_users: bool = Field(
        default=True, description="Whether people unknown so far may come in by the provider."
    )
    oidc_frontend_url: str = Field(
        "", max_length=500, description="Where the Vue front end is, if not on this appliance."
    )

    @field_validator("spa_dir", mode="before")
    @classmethod
    def _empty_directory_is_none(cls, value: Any) -> Any:
        return None if value == "" else value

    @field_validator("oidc_issuer_url", "oidc_redirect_uri", "oidc_frontend_url")
    @classmethod
    def _safe_url(cls, value: str) -> str:
        if value and not is_safe_url(value):
            raise ValueError(
                f"{value} must begin with https:// (http:// is for this machine alone)."
            )
        return value

    @field_validator("oidc_scopes")
    @classmethod
    def _with_openid(cls, value: str) -> str:
        if "openid" not in value.split():
            raise ValueError("The scopes must contain openid.")
        return value

    @model_validator(mode="after")
    def _fits_together(self) -> "WebSettings":
        if self.http == "off" and not self.https_port:
            raise ValueError("With http = off and https_port = 0 nobody could come in.")
        if self.oidc_issuer_url and not self.oidc_client_id:
            raise ValueError("Give oidc_client_id too: the provider knows this appliance by it.")
        ports = [self.port, self.https_port]
        if self.spa_dir is not None:
            ports += [self.spa_port, self.spa_https_port]
        used = [port for port in ports if port]
        if len(used) != len(set(used)):
            raise ValueError("port, https_port, spa_port and spa_https_port must differ.")
        return self


def is_safe_url(url: str) -> bool:
    """Whether secrets may be sent there: HTTPS, or plain HTTP on this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        return False
    if parts.username is not None or not host or not url.isascii() or " " in url:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_this_machine(host))


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
