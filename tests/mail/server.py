"""A mail server that takes e-mails, or misbehaves as it is told."""

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Server:
    """What it was sent; `answers` replace what it says to a command."""

    def __init__(
        self,
        answers: dict[str, str],
        *,
        is_silent: bool = False,
        starttls: ssl.SSLContext | None = None,
    ) -> None:
        self.answers, self.is_silent, self._starttls = answers, is_silent, starttls
        self.letters: list[str] = []
        self.commands: list[str] = []
        self.logins: list[tuple[str, bool]] = []  # what was said, and whether under TLS
        self.port = 0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One conversation."""
        try:
            if self.is_silent:
                await reader.read()
                return
            await self._say(writer, "220 here")
            while line := (await reader.readline()).decode("latin-1").strip():
                self.commands.append(line)
                word = line.split(":")[0].split(" ")[0].upper()
                await self._obey(word, line, reader, writer)
                if word == "QUIT":
                    return
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass
        finally:
            writer.close()

    async def _obey(
        self, word: str, line: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        is_safe = writer.get_extra_info("sslcontext") is not None
        if word == "DATA" and word not in self.answers:
            self.letters.append(await self._letter(reader, writer))
            return
        if word == "AUTH":
            said = base64.b64decode(line.rpartition(" ")[2]).decode()
            self.logins.append((said.replace("\0", " ").strip(), is_safe))
        await self._say(writer, self.answers.get(word, self._usual(word, is_safe=is_safe)))
        if word == "STARTTLS" and self._starttls is not None:
            await writer.start_tls(self._starttls)

    def _usual(self, word: str, *, is_safe: bool) -> str:
        if word == "EHLO":
            can = ["AUTH PLAIN"] if is_safe else ["STARTTLS"] if self._starttls else []
            lines = ["here", *can]
            return "\r\n".join(f"250{'-' * (it != lines[-1]) or ' '}{it}" for it in lines)
        return {"QUIT": "221 bye", "STARTTLS": "220 go", "AUTH": "235 in"}.get(word, "250 ok")

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
    answers: dict[str, str] | None = None,
    *,
    is_silent: bool = False,
    tls: ssl.SSLContext | None = None,
    starttls: ssl.SSLContext | None = None,
) -> AsyncIterator[Server]:
    """A server on a port of its own; `tls`: from the first byte."""
    server = Server(answers or {}, is_silent=is_silent, starttls=starttls)
    listening = await asyncio.start_server(server.talk, "127.0.0.1", 0, ssl=tls)
    server.port = listening.sockets[0].getsockname()[1]
    async with listening:
        yield server
        listening.close()
