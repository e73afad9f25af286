"""Where requests come from: proxies count only where the settings name them."""

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from webmacs_edge.config import load_settings
from webmacs_edge.model.errors import SettingsError
from webmacs_edge.web.addresses import client_address
from webmacs_edge.web.keys import SETTINGS

PROXY = "192.168.7.1"


class _Peer:
    """The transport of a connection from this address."""

    def __init__(self, address: str) -> None:
        self._address = address

    def get_extra_info(self, name: str, default: object = None) -> object:
        return (self._address, 40000) if name == "peername" else default


def _address(peer: str, forwarded: str | None, *, trusted: list[str]) -> str:
    app = web.Application()
    app[SETTINGS] = load_settings(trusted_proxies=trusted)
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    request = make_mocked_request("GET", "/", headers=headers, app=app, transport=_Peer(peer))
    return client_address(request)


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "address"),
    [
        (PROXY, "10.0.0.7", [], PROXY),
        (PROXY, None, [PROXY], PROXY),
        (PROXY, "10.0.0.7", [PROXY], "10.0.0.7"),
        (PROXY, "10.0.0.7", ["192.168.7.0/28"], "10.0.0.7"),
        ("10.9.9.9", "10.0.0.7", [PROXY], "10.9.9.9"),
        (PROXY, "1.2.3.4, 10.0.0.7", [PROXY], "10.0.0.7"),  # the first one is made up
        (PROXY, "10.0.0.7, 192.168.7.2", ["192.168.7.0/28"], "10.0.0.7"),
        (PROXY, "192.168.7.3, 192.168.7.2", ["192.168.7.0/28"], "192.168.7.3"),
        (PROXY, "nonsense", [PROXY], PROXY),
        (PROXY, "10.0.0.7, nonsense", [PROXY], PROXY),
        (PROXY, "", [PROXY], PROXY),
        (PROXY, "10.0.0.7:51000", [PROXY], "10.0.0.7"),
        (PROXY, "[2001:db8::7]:51000", [PROXY], "2001:db8::7"),
        (PROXY, "2001:db8::7", [PROXY], "2001:db8::7"),
        ("::ffff:192.168.7.1", "10.0.0.7", [PROXY], "10.0.0.7"),
    ],
)
def test_the_address_that_counts(
    peer: str, forwarded: str | None, *, trusted: list[str], address: str
):
    assert _address(peer, forwarded, trusted=trusted) == address


def test_a_proxy_that_is_no_address_is_refused():
    with pytest.raises(SettingsError, match=r"192\.168\.7\.0/28"):
        load_settings(trusted_proxies=["proxy.plant.lan"])
