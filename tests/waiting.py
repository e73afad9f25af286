"""Waiting for a condition, never for a duration."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, overload

T = TypeVar("T")


@overload
async def eventually(
    condition: Callable[[], Awaitable[T]], *, within_s: float = ..., what: str = ...
) -> T: ...


@overload
async def eventually(
    condition: Callable[[], T], *, within_s: float = ..., what: str = ...
) -> T: ...


async def eventually(
    condition: Callable[[], Any], *, within_s: float = 45.0, what: str = ""
) -> Any:
    """The first true answer of `condition`; fails the test when none comes in time."""
    deadline = asyncio.get_running_loop().time() + within_s
    while True:
        answer = condition()
        if inspect.isawaitable(answer):
            answer = await answer
        if answer:
            return answer
        if asyncio.get_running_loop().time() > deadline:
            raise AssertionError(f"Not within {within_s} s: {what or condition}")
        await asyncio.sleep(0.02)
