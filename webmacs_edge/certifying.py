"""What the command `certificate` says: fingerprint, names and end of the certificate in force."""

from collections.abc import Callable

from webmacs_edge.config import Settings
from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.times import from_ms, now_ms
from webmacs_edge.tls.files import spelled
from webmacs_edge.tls.maker import look_at
from webmacs_edge.web.front import make_keeper

Say = Callable[[str], None]


async def run_certificate(settings: Settings, *, say: Say) -> int:
    """Tell what a browser shows of the certificate, so that people can compare; 0."""
    if not settings.https_port:
        raise InvalidError("The settings say https_port = 0: HTTPS is not served.")
    keeper = make_keeper(settings)
    pair, facts = await look_at(keeper.given, keeper.own)
    whose = "made by this box" if pair == keeper.own else f"issued by {facts.issuer}"
    ended = " (it has ENDED)" if facts.not_after_ms < now_ms() else ""
    say(f"Certificate: {pair.certificate}, {whose}")
    say(f"SHA-256:     {spelled(facts.fingerprint)}")
    say(f"Valid until: {from_ms(facts.not_after_ms):%Y-%m-%d %H:%M} UTC{ended}")
    say(f"Names:       {', '.join((*facts.names.hosts, *facts.names.addresses))}")
    return 0
