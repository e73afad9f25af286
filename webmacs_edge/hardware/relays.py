"""How often the relays of an RO module have switched; the driver counts, also over restarts."""

import fcntl
import struct

from webmacs_edge.hardware.driver import Layout

KB_RO_GET_COUNTER = 19229  # position in; four counters out
COUNTERS = struct.Struct("<B4I")
RELAY_TYPE = 137


def relay_modules(layout: Layout) -> list[int]:
    """Positions of the modules with relays."""
    return [it.position for it in layout.devices if it.product_type == RELAY_TYPE]


def read_cycles(handle: int, position: int) -> tuple[int, ...]:
    """How often each relay of the module has switched; OSError where the driver does not say."""
    buffer = bytearray(COUNTERS.pack(position, 0, 0, 0, 0))
    fcntl.ioctl(handle, KB_RO_GET_COUNTER, buffer)
    return tuple(COUNTERS.unpack(buffer)[1:])
