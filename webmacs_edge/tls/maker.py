"""Has certificates made and looked into, by a process of its own."""

import asyncio
import json
from typing import Any

from webmacs_edge.children import own_python
from webmacs_edge.model.errors import CertificateError
from webmacs_edge.tls.files import Facts, Pair, facts_from, load_context, read_certificate

MAKING_LIMIT_S = 60.0


async def look_at(given: Pair, own: Pair) -> tuple[Pair, Facts]:
    """Which pair an appliance uses, and what it says; CertificateError when it cannot be used."""
    pair = given if given.is_there else own
    if not pair.is_there:
        raise CertificateError(
            "There is no certificate yet. `webmacs-edge run` makes one at its first start, "
            f"or put the site's own at {given.certificate} and {given.key}."
        )
    await asyncio.to_thread(load_context, pair)
    pem = await asyncio.to_thread(read_certificate, pair.certificate)
    return pair, facts_from((await ask_maker({"look_at": pem}))["facts"])


async def ask_maker(order: dict[str, Any]) -> dict[str, Any]:
    """The answer of `tls.making` to an order; CertificateError when it fails."""
    try:
        process = await asyncio.create_subprocess_exec(
            *own_python("webmacs_edge.tls.making"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
    except OSError as error:
        raise CertificateError(f"No process could be started: {error.strerror}.") from error
    try:
        async with asyncio.timeout(MAKING_LIMIT_S):
            said, wrong = await process.communicate(json.dumps(order).encode())
    except TimeoutError as error:
        raise CertificateError("Making a certificate took too long.") from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        last = wrong.decode(errors="replace").strip().rpartition("\n")[2]
        raise CertificateError(f"The certificate could not be made or read: {last}")
    answer: dict[str, Any] = json.loads(said)
    return answer
