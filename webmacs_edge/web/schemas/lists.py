"""Paged lists and the plain answer of a change, in the form of the contract."""

from collections.abc import Sequence
from typing import Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

Row = TypeVar("Row")

MAX_PAGE = 1_000_000
MAX_PAGE_SIZE = 100


class PageQuery(BaseModel):
    """Which page of a list."""

    model_config = ConfigDict(defer_build=True, extra="ignore")

    page: int = Field(1, ge=1, le=MAX_PAGE)
    page_size: int = Field(25, ge=1, le=MAX_PAGE_SIZE)


class PageOut(BaseModel, Generic[Row]):
    """One page of a list; past the end it is empty."""

    page: int
    page_size: int
    total: int
    data: Sequence[Row]


class StatusOut(BaseModel):
    """A change was made."""

    status: Literal["success"] = "success"
    message: str
