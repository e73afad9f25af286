"""Two things in one place of the process image: padding gives way, anything else is an error."""

from collections.abc import Iterable

from webmacs_edge.hardware.entries import Entry, RawDevice

Placed = tuple[RawDevice, Entry]


def without_overlaps(devices: Iterable[RawDevice]) -> list[Placed]:
    """All entries with their devices; padding that lies on a real entry is left out, noted once."""
    owners: dict[int, Placed] = {}
    placed = [(device, entry) for device in devices for entry in device.entries]
    padding = [pair for pair in placed if pair[1].is_padding]
    real = [pair for pair in placed if not pair[1].is_padding]
    for pair in real:
        _claim(pair, owners)
    kept = [pair for pair in padding if _claim_rest(pair, owners)]
    _note_dropped(padding, kept)
    return real + kept


def _claim(pair: Placed, owners: dict[int, Placed]) -> None:
    for bit in _image_bits(*pair):
        other = owners.setdefault(bit, pair)
        if other is not pair:
            _complain(pair, other, bit)


def _claim_rest(pair: Placed, owners: dict[int, Placed]) -> bool:
    bits = _image_bits(*pair)
    if any(bit in owners for bit in bits):
        return False
    owners.update(dict.fromkeys(bits, pair))
    return True


def _image_bits(device: RawDevice, entry: Entry) -> range:
    first = (device.offset + entry.byte) * 8 + (entry.bit or 0)
    return range(first, first + entry.bits)


def _complain(pair: Placed, other: Placed, bit: int) -> None:
    device, entry = pair
    other_device, other_entry = other
    where = f"byte {bit // 8}, bit {bit % 8} of the process image"
    if device is other_device:
        raise entry.cursor.error(f"It lies on the same place as {other_entry.name}: {where}.")
    raise device.cursor.error(
        f"The device overlaps with {other_device.name} at position {other_device.position}: "
        f"{entry.name} and {other_entry.name} share {where}."
    )


def _note_dropped(padding: list[Placed], kept: list[Placed]) -> None:
    kept_ids = {id(entry) for _, entry in kept}
    dropped: dict[int, list[Placed]] = {}
    for device, entry in padding:
        if id(entry) not in kept_ids:
            dropped.setdefault(device.position, []).append((device, entry))
    for pairs in dropped.values():
        names = ", ".join(entry.name for _, entry in pairs[:3])
        more = f" and {len(pairs) - 3} more" if len(pairs) > 3 else ""  # noqa: PLR2004 # as above
        pairs[0][0].cursor.warn(f"Padding lies on other entries and is ignored: {names}{more}.")
