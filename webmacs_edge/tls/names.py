"""What browsers may call this box: its names and its addresses, as the kernel knows them."""

import ipaddress
import re
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

_IPV4 = Path("/proc/net/fib_trie")
_IPV6 = Path("/proc/net/if_inet6")
_LOOPBACK = ("127.0.0.1", "::1")
_PASSING = 0x01 | 0x20 | 0x40  # temporary (privacy), deprecated, tentative
_HOST_NAME = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*")
_LONGEST_NAME = 253
_MOST_NAMES = 60  # of each kind, so that a certificate stays small


@dataclass(frozen=True, slots=True)
class Names:
    """DNS names and addresses, each in its usual spelling."""

    hosts: tuple[str, ...]
    addresses: tuple[str, ...]

    def covers(self, other: "Names") -> bool:
        """Whether each name and address of the other is among these."""
        return set(other.hosts) <= set(self.hosts) and set(other.addresses) <= set(self.addresses)

    def and_then(self, other: "Names") -> "Names":
        """These, then what only the other has, as long as there is room."""
        return Names(
            tuple(dict.fromkeys((*self.hosts, *other.hosts)))[:_MOST_NAMES],
            tuple(dict.fromkeys((*self.addresses, *other.addresses)))[:_MOST_NAMES],
        )


def names_of_this_box(more: Sequence[str] = ()) -> Names:
    """Host name, with and without `.local`, `localhost`, every lasting address, and `more`."""
    name = socket.gethostname().lower().rstrip(".")
    short = name.partition(".")[0]
    hosts = [name, short, f"{short}.local", "localhost"]
    addresses = [*_LOOPBACK, *ipv4_addresses(_read(_IPV4)), *ipv6_addresses(_read(_IPV6))]
    for given in more:
        (addresses if is_address(given) else hosts).append(given.lower().rstrip("."))
    return Names(
        tuple(dict.fromkeys(host for host in hosts if is_host_name(host))),
        tuple(dict.fromkeys(str(ipaddress.ip_address(address)) for address in addresses)),
    ).and_then(Names((), ()))


def ipv4_addresses(trie: str) -> Iterable[str]:
    """Addresses of this box out of /proc/net/fib_trie, without other loopback ones."""
    found, last = [], ""
    for line in trie.splitlines():
        words = line.split()
        if words[:1] == ["|--"]:
            last = words[1]
        elif words == ["/32", "host", "LOCAL"] and not last.startswith("127."):
            found.append(last)
    return dict.fromkeys(found)


def ipv6_addresses(table: str) -> Iterable[str]:
    """Addresses out of /proc/net/if_inet6 that last and that a browser can be given."""
    found = []
    for line in table.splitlines():
        digits, _, _, scope, flags, *_ = line.split()
        address = ipaddress.IPv6Address(int(digits, 16))
        if scope == "00" and not int(flags, 16) & _PASSING and not address.is_link_local:
            found.append(str(address))
    return found


def is_host_name(text: str) -> bool:
    """Whether it can be the name of a host in lower case, and is not an address."""
    return (
        len(text) <= _LONGEST_NAME
        and _HOST_NAME.fullmatch(text) is not None
        and not is_address(text)
    )


def is_address(text: str) -> bool:
    """Whether it is an IP address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii")
    except (OSError, ValueError):
        return ""
