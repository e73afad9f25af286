"""The mail server on its page."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from webmacs_edge.model.mail import MailSecurity
from webmacs_edge.web.schemas.fields import FORM, EmailAddress
from webmacs_edge.web.schemas.rule_parts import addresses

Host = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.:_-]{1,253}$")]
Secret = Annotated[str, StringConstraints(strip_whitespace=False, max_length=255)]


class MailServerForm(BaseModel):
    """Who takes our e-mails; an empty password keeps the one there is, while the host stays."""

    model_config = FORM

    host: Host
    port: int | None = Field(None, ge=1, le=65535)
    security: MailSecurity = MailSecurity.starttls
    username: str = ""
    password: Secret | None = None
    sender: EmailAddress


class MailTestForm(BaseModel):
    """Who gets the test."""

    model_config = FORM

    to: Annotated[str, AfterValidator(addresses)] = Field(min_length=1)
