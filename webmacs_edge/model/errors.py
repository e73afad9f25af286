"""Our errors; each message is a full sentence that names the thing and the way out."""


class WebmacsError(Exception):
    """The root of all errors we raise on purpose."""


class NotFoundError(WebmacsError):
    """What was asked for does not exist."""


class ConflictError(WebmacsError):
    """The request contradicts what is stored; `field` names the input that does, if one does."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class CommandRefusedError(ConflictError):
    """An output may not do now what it was told: the message names what stands in the way."""


class InvalidError(WebmacsError):
    """A value was given that cannot be used; `field` names it."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class SignInError(WebmacsError):
    """The caller is not, or no longer, signed in."""


class NotAllowedError(WebmacsError):
    """The caller is signed in but may not do this."""


class ToldRefusalError(NotAllowedError):
    """One that the audit trail has been told of, with more than its request says."""


class ThrottledError(WebmacsError):
    """Too many tries; the next one is welcome after `retry_after_s` seconds."""

    def __init__(self, message: str, *, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class BusyError(WebmacsError):
    """As much of this as the appliance can do at the same time is being done already."""


class SettingsError(WebmacsError):
    """The settings file or an environment variable is wrong; the appliance does not start."""


class StoreError(WebmacsError):
    """The database refused: disk full, read-only, damaged or locked by another process."""


class StoreDamagedError(StoreError):
    """What the database holds is not what was written: its file, or the disk under it, is bad."""


class StoreUnreachableError(StoreError):
    """The database server does not answer, or not us; it may later."""


class DriverError(WebmacsError):
    """The device could not be read or written."""


class DriverMissingError(DriverError):
    """The process image does not exist."""


class DriverPermissionError(DriverError):
    """The process image exists but this user may not open it."""


class DriverNotRunningError(DriverError):
    """The device is there but its driver is not running (EAGAIN: start, reset, bus stopped)."""


class LayoutMismatchError(DriverError):
    """The driver uses another configuration than the file says."""


class ShortReadError(DriverError):
    """The process image gave fewer bytes than the configuration needs."""


class DeviceIOError(DriverError):
    """The operating system reported an input/output error (EIO and the like)."""


class ConfigurationError(DriverError):
    """The PiCtory file cannot be used: names the file, the place in it and the way out."""

    def __init__(self, path: str, place: str, message: str) -> None:
        self.path = path
        self.place = place
        self.reason = message
        super().__init__(f"{path}: {place}: {message}" if place else f"{path}: {message}")


class CertificateError(WebmacsError):
    """A certificate or its key cannot be made, read or used."""
