"""Ports that others have taken."""

import contextlib
import socket
from collections.abc import Iterator

import pytest

from webmacs_edge.config import load_settings
from webmacs_edge.ports import find_ports


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A port with somebody on it, made our default one."""
    with contextlib.closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def test_a_port_that_the_site_did_not_name_moves_to_a_free_one(taken, tmp_path):
    settings = load_settings(data_dir=tmp_path, host="127.0.0.1", https_port=0)
    settings = settings.model_copy(update={"port": taken})  # as if it were the default
    settings.model_fields_set.discard("port")

    found, moved = find_ports(settings)

    assert moved == {taken: found.port}
    assert found.port % 10 == taken % 10
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", found.port))


def test_a_port_that_the_site_named_stays(taken, tmp_path):
    settings = load_settings(data_dir=tmp_path, host="127.0.0.1", https_port=0, port=taken)

    assert find_ports(settings) == (settings, {})
