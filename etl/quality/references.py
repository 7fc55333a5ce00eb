"""References between tables, read from the rules that test them: no row without its row in the other table.

Nothing is tested here. A rule tests a reference by an anti join of its table, as `child`, with the other, as `parent`.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from etl.quality.suite import SQL_RULE, Suite

_ANTI_JOIN = re.compile(r" anti join (?P<table>\w+\.\w+) as parent on (?P<match>.+?)(?: where (?P<scope>.+))?$")
_PAIR = re.compile(r"child\.\"?(\w+)\"? = parent\.\"?(\w+)\"?")


class Reference(NamedTuple):
    """Columns whose values stand in columns of another table, where they are not null.

    Attributes:
        columns: the columns, and with each of them the one in the other table.
        table: the other table.
        scope: conditions on rows for which this holds, as SQL.
        target: conditions on the row referred to, as SQL.
    """

    columns: tuple[tuple[str, str], ...]
    table: str
    scope: tuple[str, ...] = ()
    target: tuple[str, ...] = ()

    @property
    def is_unconditional(self) -> bool:
        """Whether it holds for every row, and any row of the other table will do: a foreign key."""
        return not self.scope and not self.target


def references(suite: Suite) -> list[Reference]:
    """The references that the rules of a suite test, in the order of the rules."""
    queries = (str(rule.kwargs["unexpected_rows_query"]) for rule in suite.rules if rule.type == SQL_RULE)
    return [_reference(**found.groupdict()) for query in queries if (found := _ANTI_JOIN.search(query))]


def _reference(table: str, match: str, scope: str | None) -> Reference:
    parts = match.split(" and ")
    pairs = tuple((pair[1], pair[2]) for part in parts if (pair := _PAIR.fullmatch(part)))
    target = tuple(part.removeprefix("parent.") for part in parts if not _PAIR.fullmatch(part))
    implied = {f"{own} is not null" for own, _ in pairs}
    conditions = (part.removeprefix("child.") for part in (scope or "").split(" and ") if part)
    return Reference(pairs, table, tuple(one for one in conditions if one not in implied), target)
