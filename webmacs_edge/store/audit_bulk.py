"""What statements that pass by the unit of work mean for the audit trail."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import Delete, Insert, Select, Table, Update, func, select

from webmacs_edge.model.audit import AuditAction, Change
from webmacs_edge.model.audit_words import shown
from webmacs_edge.store.audit_rows import change_of, is_audited
from webmacs_edge.store.tables import Base

if TYPE_CHECKING:
    from sqlalchemy.orm import ORMExecuteState

MOST_TOLD = 20  # rows of one statement; more are told as a number

Rows = Sequence[Mapping[str, Any]]


def record_bulk(state: "ORMExecuteState", changes: list[Change]) -> Any:
    """Run an INSERT, UPDATE or DELETE of many rows, and add what it changed.

    Returns None, which lets SQLAlchemy go on by itself, for everything else.
    """
    statement = state.statement
    if not isinstance(statement, Insert | Update | Delete):
        return None
    table = Base.metadata.tables.get(getattr(statement.table, "name", ""))
    if table is None or not is_audited(table.name, is_deletion=isinstance(statement, Delete)):
        return None
    if isinstance(statement, Insert):
        result = state.invoke_statement()
        changes.extend(_inserted(state, statement, table))
        return result
    return _changed(state, statement, table, changes=changes)


def _inserted(state: "ORMExecuteState", statement: Insert, table: Table) -> list[Change]:
    given = state.parameters
    rows: Rows = given if isinstance(given, list) else [statement.compile().params]
    if len(rows) > MOST_TOLD:
        return [_summary(table, AuditAction.create, len(rows))]
    made = [change_of(table.name, None, _plain(table, row)) for row in rows]
    changes = [change for change in made if change is not None]
    if statement._post_values_clause is not None:  # noqa: SLF001 there is no public way to ask
        return [replace(change, action=AuditAction.update) for change in changes]
    return changes


def _changed(
    state: "ORMExecuteState", statement: Update | Delete, table: Table, *, changes: list[Change]
) -> Any:
    action = AuditAction.update if isinstance(statement, Update) else AuditAction.delete
    given = state.parameters
    if isinstance(given, list):  # an UPDATE by primary keys
        changes.append(_summary(table, action, len(given)))
        return state.invoke_statement()
    one = select(table)
    if statement.whereclause is not None:
        one = one.where(statement.whereclause)
    before = _rows(state, one.limit(MOST_TOLD + 1))
    if len(before) > MOST_TOLD:
        count = _count(state, one)
        changes.append(_summary(table, action, count, new=_values(statement)))
        return state.invoke_statement()
    result = state.invoke_statement()
    after = _again(state, table, before)
    pairs = [change_of(table.name, old, after.get(_identity(table, old))) for old in before]
    changes.extend(change for change in pairs if change is not None)
    return result


def _again(
    state: "ORMExecuteState", table: Table, before: Rows
) -> dict[tuple[Any, ...], Mapping[str, Any]]:
    """The rows as they are now, by primary key."""
    [key] = table.primary_key.columns
    rows = _rows(state, select(table).where(key.in_([row[key.name] for row in before])))
    return {_identity(table, row): row for row in rows}


def _identity(table: Table, row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[column.name] for column in table.primary_key.columns)


def _rows(state: "ORMExecuteState", query: Select[Any]) -> Rows:
    state.session.flush()
    given = state.parameters if isinstance(state.parameters, dict) else {}
    return [dict(row) for row in state.session.connection().execute(query, given).mappings()]


def _count(state: "ORMExecuteState", query: Select[Any]) -> int:
    counted = select(func.count()).select_from(query.subquery())
    return int(state.session.connection().execute(counted).scalar_one())


def _summary(
    table: Table, action: AuditAction, count: int, *, new: Mapping[str, Any] | None = None
) -> Change:
    return Change(action, noun=table.name, object_name=f"{count} rows", new=new or {})


def _values(statement: Update | Delete) -> dict[str, Any]:
    """What an UPDATE sets, where that is a plain value."""
    given = getattr(statement, "_values", None) or {}
    pairs = ((column.name, getattr(value, "value", None)) for column, value in given.items())
    return {name: shown(name, value) for name, value in pairs if value is not None}


def _plain(table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name in table.columns}
