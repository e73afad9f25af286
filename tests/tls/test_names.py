"""What this box is called, out of what the kernel says."""

import pytest

from webmacs_edge.tls.names import (
    Names,
    ipv4_addresses,
    ipv6_addresses,
    is_host_name,
    names_of_this_box,
)

TRIE = """\
Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
     +-- 127.0.0.0/8 2 0 2
           |-- 127.0.0.1
              /32 host LOCAL
     +-- 192.168.7.0/24 2 0 2
           |-- 192.168.7.0
              /24 link UNICAST
           |-- 192.168.7.20
              /32 host LOCAL
        |-- 192.168.7.255
           /32 link BROADCAST
     |-- 10.8.0.2
        /32 link UNICAST
Local:
           |-- 192.168.7.20
              /32 host LOCAL
           |-- 169.254.3.4
              /32 host LOCAL
"""
TABLE = """\
fd000000000000000000000000000002 04 40 00 82     eth0
20010db8000000000000000000000007 04 40 00 01     eth0
20010db8000000000000000000000008 04 40 00 80     eth0
20010db8000000000000000000000009 04 40 00 40     eth0
fe8000000000000000fc00fffe000001 04 40 20 80     eth0
00000000000000000000000000000001 01 80 10 80       lo
"""


def test_addresses_of_this_box_are_found_once_and_those_of_others_are_not():
    assert list(ipv4_addresses(TRIE)) == ["192.168.7.20", "169.254.3.4"]


def test_addresses_that_pass_are_left_out():
    assert list(ipv6_addresses(TABLE)) == ["fd00::2", "2001:db8::8"]


@pytest.mark.parametrize("text", ["", "\n\n", "Main:\n  |--"])
def test_a_table_that_says_nothing_names_nothing(text: str):
    assert list(ipv4_addresses(text.replace("|--", "|-- 1.2.3.4"))) == []


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("revpi12345", True), ("a.b-c.local", True), ("-a", False), ("a-", False), ("a..b", False),
        ("a_b", False), ("", False), ("1.2.3.4", False), ("a" * 64, False), ("ä", False),
        ("a\n", False), (".".join(["a" * 60] * 5), False),
    ],
)  # fmt: skip
def test_names_of_hosts(text: str, is_one: bool):
    assert is_host_name(text) is is_one


def test_this_box_goes_by_localhost_and_by_what_the_settings_add():
    names = names_of_this_box(["Plant7.example.com", "10.9.8.7", "no name"])

    assert {"localhost", "plant7.example.com"} <= set(names.hosts)
    assert {"127.0.0.1", "::1", "10.9.8.7"} <= set(names.addresses)
    assert "no name" not in names.hosts
    assert any(host.endswith(".local") for host in names.hosts)


def test_old_names_stay_while_there_is_room():
    old = Names(("a",), tuple(f"10.0.0.{number}" for number in range(200)))

    both = Names(("b",), ("10.1.1.1",)).and_then(old)

    assert both.hosts == ("b", "a")
    assert both.addresses[0] == "10.1.1.1"
    assert len(both.addresses) == 60
    assert both.covers(Names(("b",), ("10.1.1.1",)))
    assert not Names(("b",), ()).covers(both)
