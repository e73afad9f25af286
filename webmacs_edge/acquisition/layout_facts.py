"""A configuration as far as channels depend on it."""

from webmacs_edge.hardware.driver import Direction, Layout
from webmacs_edge.model.layouts import PointFacts


def facts_of(layout: Layout) -> list[PointFacts]:
    """Every point that a channel may read, in image order."""
    devices = {device.position: device for device in layout.devices}
    return [
        PointFacts(
            id=point.id,
            name=point.name,
            device=point.device,
            product_type=devices[point.device].product_type,
            direction=point.direction.value,
            kind=point.kind.value,
            place=point.address - devices[point.device].offset,
            address=point.address,
            bit=point.bit,
            bits=point.bits,
            signed=point.signed,
            unit=point.unit,
            native_factor=point.native_factor,
            low=point.low,
            high=point.high,
            low_valid=point.low_valid,
            scaled=point.scaled_in_pictory,
            used=point.used,
        )
        for point in layout.points
        if point.direction is not Direction.memory and not point.hidden
    ]
