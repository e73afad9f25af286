"""Reading sockets in tests."""

import asyncio
import json
from typing import Any

from aiohttp import ClientWebSocketResponse, WSMsgType

STREAM = "/ws/datapoints/stream"
TELEMETRY = "/ws/controller/telemetry"


async def next_message(socket: ClientWebSocketResponse, kind: str) -> dict[str, Any]:
    """The next message of this type; others are passed over."""
    async with asyncio.timeout(10):
        while True:
            said: dict[str, Any] = json.loads(await socket.receive_str())
            if said["type"] == kind:
                return said


async def close_code(socket: ClientWebSocketResponse) -> int | None:
    """Read to the end; the close code."""
    async with asyncio.timeout(10):
        while (await socket.receive()).type not in (WSMsgType.CLOSE, WSMsgType.CLOSED):
            pass
    return socket.close_code
