"""Whether a key has signed, as openssl judges it: nothing of the service takes part."""

import subprocess
import tempfile
from pathlib import Path

from webmacs_edge.firmware.signing_keys import PublicKey

OPENSSL = "/usr/bin/openssl"
LIMIT_S = 30


def verify(key: PublicKey, manifest: bytes, signature: bytes) -> bool:
    """True when this key has made this signature of the manifest."""
    with tempfile.TemporaryDirectory(prefix="webmacs-verify-") as folder:
        given = {"key.pem": key.pem.encode(), "manifest": manifest, "signature": signature}
        for name, content in given.items():
            Path(folder, name).write_bytes(content)
        command = [
            OPENSSL, "pkeyutl", "-verify", "-pubin", "-inkey", "key.pem", "-rawin",
            "-in", "manifest", "-sigfile", "signature",
        ]  # fmt: skip
        done = subprocess.run(  # noqa: S603 our own arguments
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=LIMIT_S,
            check=False,
            env={"PATH": "/usr/bin:/bin", "OPENSSL_CONF": "/dev/null"},
        )
    return done.returncode == 0
