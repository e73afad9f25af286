"""How far a native value can be trusted, by what its I/O point and its module say."""

from collections.abc import Callable

from webmacs_edge.hardware.driver import Point
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.text import joined, text

Judge = Callable[[bytes, float], tuple[Quality, str]]  # image, native counts -> trust, in words


def doubting(judge: Judge, doubt: str) -> Judge:
    """The same, but nothing is better than uncertain where there is a doubt."""
    if not doubt:
        return judge

    def doubt_it(image: bytes, native: float) -> tuple[Quality, str]:
        quality, reason = judge(image, native)
        return (quality, reason) if quality >= Quality.UNCERTAIN else (Quality.UNCERTAIN, doubt)

    return doubt_it


def judge_of(point: Point | None) -> Judge:
    """Trust in a native value, worst fault first: status bits, sentinels, wiring, span."""
    if point is None:
        return lambda _image, _native: (Quality.GOOD, "")
    checks = [
        check
        for check in (_status(point), _sentinel(point), _wiring(point), _span(point))
        if check is not None
    ]
    if not checks:
        return lambda _image, _native: (Quality.GOOD, "")

    def judge(image: bytes, native: float) -> tuple[Quality, str]:
        for check in checks:
            quality, reason = check(image, native)
            if quality:
                return quality, reason
        return Quality.GOOD, ""

    return judge


def _status(point: Point) -> Judge | None:
    status = point.status
    if status is None:
        return None
    address, end, words = status.address, status.address + status.bits // 8, dict(status.words)
    trust = Quality.BAD if status.is_fault else Quality.UNCERTAIN

    def check(image: bytes, _native: float) -> tuple[Quality, str]:
        seen = int.from_bytes(image[address:end], "little")
        if not seen:
            return Quality.GOOD, ""
        said = [text for mask, text in words.items() if seen & mask]
        return (trust, joined(said)) if said else (Quality.GOOD, "")

    return check


def _sentinel(point: Point) -> Judge | None:
    sentinels = dict(point.sentinels or {})
    if not sentinels:
        return None

    def check(_image: bytes, native: float) -> tuple[Quality, str]:
        reason = sentinels.get(int(native))
        return (Quality.BAD, reason) if reason else (Quality.GOOD, "")

    return check


def _wiring(point: Point) -> Judge | None:
    low, high = point.low_valid, point.high_valid
    if low is None and high is None:
        return None

    def check(_image: bytes, native: float) -> tuple[Quality, str]:
        if low is not None and native < low:
            return Quality.BAD, text("Wire break or no supply: the signal is below its live zero")
        if high is not None and native > high:
            return Quality.BAD, text("The signal is above what a sound sensor sends")
        return Quality.GOOD, ""

    return check


def _span(point: Point) -> Judge | None:
    low, high = point.low, point.high
    if low is None or high is None or point.bit is not None:
        return None

    def check(_image: bytes, native: float) -> tuple[Quality, str]:
        if native < low:
            return Quality.UNCERTAIN, text("Below the measuring range")
        if native > high:
            return Quality.UNCERTAIN, text("Above the measuring range")
        return Quality.GOOD, ""

    return check
