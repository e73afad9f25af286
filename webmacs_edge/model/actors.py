"""Who asks for something: a person, a program with a token, or the appliance itself."""

from dataclasses import dataclass

from webmacs_edge.model.words import UserRole


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever changes something, as the audit trail and the log of commands name them."""

    name: str
    role: UserRole
    via: str  # session | token <its name> | command line | rule <its name> | appliance
    user_public_id: str | None = None
    address: str = ""  # where the request came from; "" for the box itself
    request_id: str = ""


APPLIANCE = Actor(name="WebMACS Edge", role=UserRole.admin, via="appliance")
