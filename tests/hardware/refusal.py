"""A process in which the kernel refuses to read files at an offset; run as a module.

The filter (seccomp) makes `pread` fail with a chosen error for good, as a driver does that is
being reset; so it needs a process of its own. Prints the error that the driver raises.
"""

import ctypes
import platform
import struct
import sys
from pathlib import Path

from webmacs_edge.hardware.revpi import RevPi
from webmacs_edge.model.errors import DriverError

CANNOT = 77  # exit status: the kernel has no such filter here

_PREAD = {"x86_64": 17, "aarch64": 67}
_NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER_MODE = 38, 22, 2
_LOAD, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_ERROR, _ALLOW = 0x0005_0000, 0x7FFF_0000


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_void_p))


def refuse_pread(error: int) -> bool:
    """From now on every `pread` of this process fails with that error number."""
    number = _PREAD.get(platform.machine())
    if number is None:
        return False
    steps = [
        (_LOAD, 0, 0, 0),
        (_JUMP_IF_EQUAL, 0, 1, number),
        (_RETURN, 0, 0, _ERROR | error),
        (_RETURN, 0, 0, _ALLOW),
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    program = _Program(len(steps), ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0):
        return False
    return libc.prctl(_SET_SECCOMP, _FILTER_MODE, ctypes.byref(program)) == 0


def main() -> int:
    """Arguments: error number, image, configuration."""
    driver = RevPi(Path(sys.argv[2]), Path(sys.argv[3]))
    driver.open()
    if not refuse_pread(int(sys.argv[1])):
        return CANNOT
    for _ in range(2):
        try:
            driver.read()
        except DriverError as error:
            sys.stdout.write(f"{type(error).__name__}: {error}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
