"""Which addresses a request of ours may go to: the guard against being used as a stepping stone."""

import ipaddress
from collections.abc import Sequence

from webmacs_edge.model.text import text

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# Where clouds keep the credentials of a machine, besides 169.254.0.0/16 (which is link-local).
METADATA = frozenset(
    ipaddress.ip_address(text) for text in ("fd00:ec2::254", "100.100.100.200", "192.0.0.192")
)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052
_V4_BITS = 0xFFFF_FFFF


def refusal(address_text: str) -> str:
    """Why nothing may be sent to this address; "" when it may: private networks are welcome."""
    address = _read(address_text)
    if address.is_loopback or address.is_unspecified:
        return text("{address} is this appliance itself.", address=address_text)
    if address.is_link_local:
        return text("{address} is a link-local address.", address=address_text)
    if address in METADATA:
        return text("{address} is where clouds keep credentials.", address=address_text)
    if address.is_multicast or (address.is_reserved and not address.is_private):
        return text("{address} is not the address of one receiver.", address=address_text)
    if isinstance(address, ipaddress.IPv4Address) and int(address) == _V4_BITS:
        return text("{address} is not the address of one receiver.", address=address_text)
    return ""


def is_among(text: str, networks: Sequence[Network]) -> bool:
    """Whether the address belongs to one of these networks."""
    address = _read(text)
    return any(address.version == network.version and address in network for network in networks)


def _read(text: str) -> Address:
    return inner_address(ipaddress.ip_address(text.partition("%")[0]))


def inner_address(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for (mapped, 6to4, NAT64), else itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & _V4_BITS)
    return address


def read_networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """Addresses and networks in CIDR notation; ValueError names the one that is neither."""
    return tuple(ipaddress.ip_network(text.strip(), strict=False) for text in texts)
