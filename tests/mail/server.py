"""A mail server that takes e-mails, or misbehaves as it is told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Server:
    """What it was sent; `answers` replace what it says to a command."""

    def __init__(self, answers: dict[str, str], *, is_silent: bool = False) -> None:
        self.answers, self.is_silent = answers, is_silent
        self.letters: list[str] = []
        self.commands: list[str] = []
        self.port = 0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One conversation."""
        try:
            if self.is_silent:
                await reader.read()
                return
            await self._say(writer, "220 here")
            while line := (await reader.readline()).decode().strip():
                self.commands.append(line)
                word = line.split(":")[0].split(" ")[0].upper()
                if word == "DATA" and word not in self.answers:
                    self.letters.append(await self._letter(reader, writer))
                else:
                    usual = "221 bye" if word == "QUIT" else "250 ok"
                    await self._say(writer, self.answers.get(word, usual))
                if word == "QUIT":
                    return
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _letter(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str:
        await self._say(writer, "354 go on")
        text = (await reader.readuntil(b"\r\n.\r\n")).decode()
        await self._say(writer, self.answers.get("BODY", "250 taken"))
        return text

    async def _say(self, writer: asyncio.StreamWriter, text: str) -> None:
        writer.write(f"{text}\r\n".encode())
        await writer.drain()


@asynccontextmanager
async def serving(
    answers: dict[str, str] | None = None, *, is_silent: bool = False
) -> AsyncIterator[Server]:
    """A server on a port of its own."""
    server = Server(answers or {}, is_silent=is_silent)
    listening = await asyncio.start_server(server.talk, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    async with listening:
        yield server
        listening.close()
