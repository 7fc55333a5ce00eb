"""What a rule says: the rule files, read strictly, and the shape of a verdict.

A rule file is Great Expectations' own suite JSON, `expectations/<schema>_<table>.json`, one per table.
Nothing is judged here, and neither a database nor Great Expectations is needed. The closed list of rule types
stands here; `row_rules` has the SQL of each of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path
from string import Formatter
from typing import Any, Literal, NoReturn

import duckdb

from etl.settings import project_folder

Severity = Literal["critical", "warning", "info"]
Action = Literal["quarantine", "report"]
Compares = Literal["row", "group", "table"]

SQL_RULE = "unexpected_rows_expectation"
ROW_COUNT_RULE = "expect_table_row_count_to_be_between"

_SEVERITIES = ("critical", "warning", "info")
_ACTIONS = ("quarantine", "report")
_COMPARES = ("row", "group", "table")
_ID = re.compile(r"[a-z][a-z0-9_]*")
_TABLE = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")


class SuiteError(ValueError):
    """A rule file cannot be used; the message names the file, the rule and what to do."""


@dataclass(frozen=True)
class Rule:
    """One rule on one table.

    Attributes:
        rule_id: Its name, unique over all suites and never changed.
        suite: The suite it belongs to.
        table: The table it judges, with its schema.
        key: The columns that name a row of that table.
        type: The Great Expectations type.
        kwargs: The arguments of that type.
        severity: How bad a violation is.
        description: What correct data looks like, in one sentence.
        why: What goes wrong for a user when the rule is broken.
        action: What happens to a failing row.
        reason: The reason under which a failing row goes to quarantine.
        blocking: Whether a failure stops the publication.
        compares: Of a rule in SQL, what it looks at together: each row on its own, the rows of the table that share a
            value of the columns of `looks_up`, or the whole table.
        looks_up: Of a rule in SQL that compares rows or groups, the other tables of which it looks at the rows with
            its own values: the table's column by its own one.
    """

    rule_id: str
    suite: str
    table: str
    key: tuple[str, ...]
    type: str
    kwargs: Mapping[str, Any] = field(hash=False)
    severity: Severity
    description: str
    why: str
    action: Action
    reason: str | None = None
    blocking: bool = False
    compares: Compares = "table"
    looks_up: Mapping[str, Mapping[str, str]] = field(default_factory=dict, hash=False)

    @property
    def gives_keys(self) -> bool:
        """Whether the rule is about rows; otherwise it is about the table as a whole."""
        return _TYPES[self.type].gives_keys if self.type in _TYPES else False

    @property
    def mostly(self) -> float:
        """The share of rows that must be right for the rule to pass."""
        return float(self.kwargs.get("mostly", 1.0))


@dataclass(frozen=True)
class Suite:
    """The rules of one table, in the order of the file."""

    name: str
    table: str
    key: tuple[str, ...]
    grain: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class RuleResult:
    """The verdict on one rule.

    Attributes:
        suite: The suite's name.
        table: The table that was judged.
        rule_id: The rule.
        severity: The rule's severity.
        blocking: Whether a verdict other than success stops the publication.
        rows_checked: Rows in the rule's scope; None when the rule could not be evaluated.
        rows_failed: Rows that break it, 0 for a rule about the table as a whole; None when it could not be
            evaluated.
        success: None when the rule could not be evaluated.
        observed: The numbers in words. It never holds a value of the table.
        error: Why the rule could not be evaluated.
    """

    suite: str
    table: str
    rule_id: str
    severity: Severity
    blocking: bool
    rows_checked: int | None
    rows_failed: int | None
    success: bool | None
    observed: str | None
    error: str | None

    @classmethod
    def judged(cls, rule: Rule, rows_checked: int, rows_failed: int, success: bool) -> RuleResult:
        """A verdict from counts."""
        observed = f"{rows_failed} of {rows_checked} rows" if rule.gives_keys else f"{rows_checked} rows"
        return cls(
            rule.suite,
            rule.table,
            rule.rule_id,
            rule.severity,
            rule.blocking,
            rows_checked=rows_checked,
            rows_failed=rows_failed,
            success=success,
            observed=observed,
            error=None,
        )

    @classmethod
    def unjudged(cls, rule: Rule, error: str) -> RuleResult:
        """No verdict: the rule could not be evaluated, which is neither success nor a failed row."""
        return cls(
            rule.suite,
            rule.table,
            rule.rule_id,
            rule.severity,
            rule.blocking,
            rows_checked=None,
            rows_failed=None,
            success=None,
            observed=None,
            error=error,
        )


def load_suites(folder: Path) -> dict[str, Suite]:
    """Read every rule file of a folder.

    Args:
        folder: The folder that holds the JSON files.

    Returns:
        The suites by name, sorted.

    Raises:
        SuiteError: The folder is missing, a file cannot be used, or two rules have the same id.
    """
    if not folder.is_dir():
        raise SuiteError(f"{folder}: no such folder of rule files")
    suites = [load_suite(path) for path in sorted(folder.glob("*.json"))]
    owner: dict[str, str] = {}
    for rule in (rule for suite in suites for rule in suite.rules):
        if rule.rule_id in owner:
            fail = _failure(f"{folder / rule.suite}.json: rule {rule.rule_id}")
            fail(f"{owner[rule.rule_id]}.json has a rule of that id. Give one of them another rule_id")
        owner[rule.rule_id] = rule.suite
    return {suite.name: suite for suite in suites}


def project_suites() -> Mapping[str, Suite]:
    """The project's own suites by name, sorted.

    Raises:
        FileNotFoundError: if the project's folder of rule files is missing.
        SuiteError: as `load_suites` does.
    """
    folder = project_folder("expectations")
    states = [(path, path.stat()) for path in sorted(folder.glob("*.json"))]
    return _load_once(folder, tuple((path, state.st_mtime_ns, state.st_size) for path, state in states))


def suites_of(*schemas: str) -> list[Suite]:
    """The project's suites whose table is in one of the schemas, sorted by name.

    Raises:
        SuiteError: as `load_suites` does.
    """
    return [suite for suite in project_suites().values() if suite.table.split(".")[0] in schemas]


@lru_cache(maxsize=1)
def _load_once(folder: Path, _state: tuple[tuple[Path, int, int], ...]) -> dict[str, Suite]:
    """The rule files, read again when one of them changes: a worker asks for them with every pack of pages."""
    return load_suites(folder)


def load_suite(path: Path) -> Suite:
    """Read one rule file.

    Args:
        path: The JSON file, named after its table.

    Returns:
        The suite.

    Raises:
        SuiteError: The file cannot be used.
    """
    document = _read_json(path)
    fail = _failure(str(path))
    _check_names(fail, document, required=("name", "meta", "expectations"))
    meta = document["meta"]
    if not isinstance(meta, dict):
        fail("meta is no object. Give it table, key and grain")
    _check_names(fail, meta, required=("table", "key", "grain"), what="meta")
    table, key = _text(fail, meta, "table"), meta["key"]
    if not _TABLE.fullmatch(table):
        fail(f"table is {table!r}. Write it as schema.table in lower case")
    if not (document["name"] == path.stem == table.replace(".", "_")):
        fail(f"name, file name and table must be the same: {document['name']!r}, {path.stem!r}, {table!r}")
    if problem := _column_list_problem(key, at_least=1):
        fail(f"key {problem}")
    suite = Suite(path.stem, table, tuple(key), _text(fail, meta, "grain"), ())
    return Suite(suite.name, table, suite.key, suite.grain, tuple(_read_rules(path, suite, document["expectations"])))


def batch_statement(table: str, query: str, rows: str | None = None) -> str:
    """Put the table into a rule's own SQL, exactly as Great Expectations does.

    Great Expectations names `{batch}` "subselect", unless the query holds a join: then the author names it.
    Both engines have to run the same text, so the same is done here.

    Args:
        table: The table, with its schema.
        query: The rule's `unexpected_rows_query`.
        rows: The query for the rows of the table; written here when None.

    Returns:
        The statement without its final semicolon.
    """
    source = f"({rows or f'SELECT * FROM {quote_table(table)}'})"  # noqa: S608 # the name is quoted
    code = re.sub(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|/\*.*?\*/""", " ", query, flags=re.DOTALL)
    if not re.search(r"\bjoin\b", code, re.IGNORECASE):
        source += " AS subselect"
    return query.rstrip("; \t\r\n\v\f").format(batch=source)


def quote_identifier(name: str) -> str:
    """Quote a column, table or schema name for SQL."""
    return '"' + name.replace('"', '""') + '"'


def quote_table(table: str) -> str:
    """Quote a table name with its schema for SQL."""
    return ".".join(quote_identifier(part) for part in table.split("."))


# Reading ------------------------------------------------------------------------------------------


def _failure(where: str) -> Callable[[str], NoReturn]:
    def fail(problem: str) -> NoReturn:
        raise SuiteError(f"{where}: {problem}")

    return fail


def _read_json(path: Path) -> dict[str, Any]:
    fail = _failure(str(path))

    def no_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        for name in names:
            if names.count(name) > 1:
                fail(f"{name!r} stands twice in one object. Remove one of them")
        return dict(pairs)

    def no_constant(constant: str) -> NoReturn:
        fail(f"{constant} is no JSON value. Use a number")

    try:
        document = json.loads(
            path.read_text(encoding="utf-8"), object_pairs_hook=no_repetition, parse_constant=no_constant
        )
    except OSError as error:
        raise SuiteError(f"{path}: cannot be read: {error.strerror}") from error
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise SuiteError(f"{path}: is not JSON: {error}. Correct the text at that place") from error
    if not isinstance(document, dict):
        fail("holds no JSON object. Start it with { and give it name, meta and expectations")
    return document


def _read_rules(path: Path, suite: Suite, expectations: object) -> Iterable[Rule]:
    if not isinstance(expectations, list) or not expectations:
        raise SuiteError(f"{path}: expectations is no list with at least one rule")
    known: set[str] = set()
    for number, expectation in enumerate(expectations, start=1):
        rule = _read_rule(path, suite, number, expectation)
        if rule.rule_id in known:
            raise SuiteError(f"{path}: rule {rule.rule_id}: the id stands twice. Give one of them another rule_id")
        known.add(rule.rule_id)
        yield rule


def _read_rule(path: Path, suite: Suite, number: int, expectation: object) -> Rule:
    fail = _failure(f"{path}: rule number {number}")
    if not isinstance(expectation, dict) or not isinstance(expectation.get("meta"), dict):
        fail("is no object with a meta object. Give it type, kwargs, severity, description and meta")
    meta: dict[str, Any] = expectation["meta"]
    rule_id = _text(fail, meta, "rule_id")
    if not _ID.fullmatch(rule_id):
        fail(f"rule_id is {rule_id!r}. Use lower-case letters, digits and underscores")
    fail = _failure(f"{path}: rule {rule_id}")
    _check_names(fail, expectation, required=("type", "kwargs", "severity", "description", "meta"))
    optional = ("reason", "blocking", "compares", "looks_up")
    _check_names(fail, meta, required=("rule_id", "why", "action"), optional=optional, what="meta")
    rule = Rule(
        rule_id=rule_id,
        suite=suite.name,
        table=suite.table,
        key=suite.key,
        type=_choice(fail, expectation, "type", tuple(_TYPES)),
        kwargs=expectation["kwargs"],
        severity=_choice(fail, expectation, "severity", _SEVERITIES),
        description=_text(fail, expectation, "description"),
        why=_text(fail, meta, "why"),
        action=_choice(fail, meta, "action", _ACTIONS),
        reason=meta.get("reason"),
        blocking=meta.get("blocking", False),
        compares=_choice(fail, {"compares": "table"} | meta, "compares", _COMPARES),
        looks_up=meta.get("looks_up", {}),
    )
    _check_action(fail, rule)
    _check_kwargs(fail, rule)
    _check_reach(fail, rule)
    return rule


def _check_names(
    fail: Callable[[str], NoReturn],
    given: Mapping[str, Any],
    required: Iterable[str],
    optional: Iterable[str] = (),
    what: str = "the object",
) -> None:
    required = set(required)
    if missing := sorted(required - set(given)):
        fail(f"{what} lacks {', '.join(missing)}. Add it")
    if unknown := sorted(set(given) - required - set(optional)):
        allowed = ", ".join(sorted(required | set(optional)))
        fail(f"{what} has the unknown {', '.join(unknown)}. Allowed are {allowed}")


def _text(fail: Callable[[str], NoReturn], given: Mapping[str, Any], name: str) -> str:
    value = given.get(name)
    if not isinstance(value, str) or not value.strip():
        fail(f"{name} is missing or empty. Write it")
    return value


def _choice(fail: Callable[[str], NoReturn], given: Mapping[str, Any], name: str, allowed: tuple[str, ...]) -> Any:  # noqa: ANN401 # the caller's field decides which literal type it is
    if given[name] not in allowed:
        fail(f"unknown {name} {given[name]!r}. Use one of {', '.join(allowed)}")
    return given[name]


def _check_action(fail: Callable[[str], NoReturn], rule: Rule) -> None:
    if not isinstance(rule.blocking, bool):
        fail("blocking is neither true nor false")
    if rule.action == "report":
        if rule.reason is not None:
            fail("reason is set, but action is report. Set reason to null or action to quarantine")
        return
    if not isinstance(rule.reason, str) or not _ID.fullmatch(rule.reason):
        fail("action is quarantine, so a reason is needed. Use lower-case letters, digits and underscores")
    if not rule.gives_keys:
        fail(f"{rule.type} judges the whole table and names no row to quarantine. Set action to report")


def _check_reach(fail: Callable[[str], NoReturn], rule: Rule) -> None:
    """Check what a rule says of the rows it looks at as far as its query shows it."""
    if rule.compares == "table":
        if rule.looks_up:
            fail("looks_up is set, but compares is table. Set compares to row or group, or remove looks_up")
        return
    if rule.type != SQL_RULE:
        fail(f"compares is set, but what {rule.type} compares is known. Remove it")
    if problem := _look_up_problem(rule):
        fail(f"looks_up {problem}")
    tree = _parse(str(rule.kwargs["unexpected_rows_query"]))
    tables = sorted(_tables_read(tree))
    if tables != sorted([_BATCH, *rule.looks_up]):
        fail(f"compares is {rule.compares}, so the query must read {{batch}} and each table of looks_up, each once")
    query = tree["statements"][0]["node"]
    if found := {str(node.get("class", node.get("type"))) for node in _nodes(tree)} & _COMPARE_ALL:
        fail(f"compares is {rule.compares}, but the query has {', '.join(sorted(found))}. Set compares to table")
    if rule.compares == "row" and any(item["class"] not in ("COLUMN_REF", "CONSTANT") for item in query["select_list"]):
        fail("compares is row, so the query must select columns. Set compares to group or table")
    if bool(query["group_expressions"]) != (rule.compares == "group"):
        fail("compares must be group where the query groups its rows, and only there. Correct it")


def _look_up_problem(rule: Rule) -> str | None:
    if not isinstance(rule.looks_up, dict) or not all(
        _TABLE.fullmatch(table) and isinstance(columns, dict) and len(columns) == 1
        for table, columns in rule.looks_up.items()
    ):
        return 'is no object such as {"core.fact_article": {"own_column": "its_column"}}'
    names = [name for columns in rule.looks_up.values() for pair in columns.items() for name in pair]
    if problem := next(filter(None, map(_column_problem, names)), None):
        return problem
    if rule.compares == "group" and len({own for columns in rule.looks_up.values() for own in columns}) != 1:
        return "of a rule on groups names the one column of the table that makes a group"
    return None


_BATCH = "batch"
_COMPARE_ALL = {"WINDOW", "SET_OPERATION_NODE", "LIMIT_MODIFIER", "LIMIT_PERCENT_MODIFIER", "STAR"}
"""Kinds of nodes, as DuckDB names them, by which a verdict hangs on rows anywhere, or on columns that are not named."""


def _parse(query: str) -> dict[str, Any]:
    """The syntax tree of a query as DuckDB gives it."""
    statement = query.rstrip("; \t\r\n\v\f").format(batch=_BATCH)
    with _database().cursor() as con:
        found = con.execute("select json_serialize_sql($query)", {"query": statement}).fetchall()
    tree: dict[str, Any] = json.loads(found[0][0])
    return tree


@cache
def _database() -> duckdb.DuckDBPyConnection:
    """One for all rules: to open one takes longer than to read a rule."""
    return duckdb.connect()


def _nodes(tree: object) -> Iterable[dict[str, Any]]:
    if isinstance(tree, dict):
        yield tree
    for part in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from _nodes(part)


def _tables_read(tree: object) -> Iterable[str]:
    for node in _nodes(tree):
        if node.get("type") == "BASE_TABLE":
            yield ".".join(filter(None, (node["schema_name"], node["table_name"])))


# The closed list of types and what each of them accepts -------------------------------------------


@dataclass(frozen=True)
class _TypeSpec:
    required: tuple[str, ...]
    optional: tuple[str, ...] = ("mostly", "row_condition")
    gives_keys: bool = True
    whole_bounds: bool = False


_RANGE = ("min_value", "max_value")
_STRICT = ("strict_min", "strict_max")
_SHARE = ("mostly", "row_condition")

_TYPES: dict[str, _TypeSpec] = {
    "expect_column_values_to_not_be_null": _TypeSpec(("column",)),
    "expect_column_values_to_be_null": _TypeSpec(("column",)),
    "expect_column_values_to_be_unique": _TypeSpec(("column",)),
    "expect_column_values_to_be_between": _TypeSpec(("column",), (*_RANGE, *_STRICT, *_SHARE)),
    "expect_column_values_to_be_in_set": _TypeSpec(("column", "value_set")),
    "expect_column_values_to_not_be_in_set": _TypeSpec(("column", "value_set")),
    "expect_column_values_to_match_regex": _TypeSpec(("column", "regex")),
    "expect_column_values_to_not_match_regex": _TypeSpec(("column", "regex")),
    "expect_column_value_lengths_to_be_between": _TypeSpec(
        ("column",), (*_RANGE, *_STRICT, *_SHARE), whole_bounds=True
    ),
    "expect_column_pair_values_a_to_be_greater_than_b": _TypeSpec(("column_A", "column_B"), ("or_equal", *_SHARE)),
    "expect_compound_columns_to_be_unique": _TypeSpec(("column_list",)),
    ROW_COUNT_RULE: _TypeSpec((), _RANGE, gives_keys=False, whole_bounds=True),
    # A condition belongs into the query's own WHERE.
    SQL_RULE: _TypeSpec(("unexpected_rows_query",), ()),
}

SUPPORTED_TYPES = tuple(_TYPES)


def _check_kwargs(fail: Callable[[str], NoReturn], rule: Rule) -> None:
    spec = _TYPES[rule.type]
    if not isinstance(rule.kwargs, dict):
        fail("kwargs is no object")
    _check_names(fail, rule.kwargs, spec.required, spec.optional, what=f"kwargs of {rule.type}")
    for name, value in rule.kwargs.items():
        if problem := _KWARG_PROBLEMS[name](value):
            fail(f"{name} {problem}")
    if "min_value" in spec.optional and (problem := _bounds_problem(rule.kwargs, spec.whole_bounds)):
        fail(problem)
    if rule.type == SQL_RULE and (problem := _query_problem(rule)):
        fail(f"unexpected_rows_query {problem}")


def _column_problem(value: object) -> str | None:
    if not isinstance(value, str) or not value:
        return "is no column name"
    # Great Expectations writes col("...") around the name and parses that again.
    return "holds a double quote, which Great Expectations cannot read. Rename the column" if '"' in value else None


def _column_list_problem(value: object, at_least: int = 2) -> str | None:
    if not isinstance(value, list) or len(value) < at_least or any(not isinstance(name, str) for name in value):
        return f"is no list of at least {at_least} column name{'s' if at_least > 1 else ''}"
    if len(set(value)) < len(value):
        return "names a column twice"
    return next(filter(None, map(_column_problem, value)), None)


def _kind(value: object) -> str | None:
    """Name the group of scalars that can stand in one list or be compared; None for all else."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return "number"
    return "text" if isinstance(value, str) else None


def _value_set_problem(value: object) -> str | None:
    kinds = {_kind(item) for item in value} if isinstance(value, list) else set()
    # A null would switch the rule off: nothing is "not in" a set with a null in SQL.
    if len(kinds) != 1 or None in kinds:
        return "is no list of at least one value, all texts, all numbers or all booleans, without null"
    return None


def _bound_problem(value: object) -> str | None:
    if _kind(value) == "number":
        return None
    try:
        datetime.fromisoformat(str(value) if isinstance(value, str) else "")
    except ValueError:
        return "is neither a number nor a date such as 2024-12-31"
    return None


def _bounds_problem(kwargs: Mapping[str, Any], whole: bool) -> str | None:
    bounds = [kwargs[name] for name in _RANGE if name in kwargs]
    if not bounds:
        return "needs min_value, max_value or both"
    if whole and any(not isinstance(bound, int) or bound < 0 for bound in bounds):
        return "min_value and max_value are no whole numbers from 0"
    if len({_kind(bound) for bound in bounds}) > 1 or bounds[0] > bounds[-1]:
        return "min_value and max_value do not fit together: the same kind, the smaller one first"
    return None


def _flag_problem(value: object) -> str | None:
    return None if isinstance(value, bool) else "is neither true nor false"


def _text_problem(value: object) -> str | None:
    return None if isinstance(value, str) and value else "is no text"


def _mostly_problem(value: object) -> str | None:
    is_share = isinstance(value, int | float) and _kind(value) == "number" and 0 < value <= 1
    return None if is_share else "is no share above 0 and up to 1"


def _query_problem(rule: Rule) -> str | None:
    query = str(rule.kwargs["unexpected_rows_query"])
    try:
        fields = {name for _, name, _, _ in Formatter().parse(query) if name is not None}
    except ValueError:
        fields = set()
    if fields != {"batch"}:
        return "must read from {batch}; any other brace is written twice: {{ and }}"
    try:
        # Wrapped as Great Expectations wraps it, so that a final comment swallows the bracket here already.
        statements = duckdb.extract_statements(
            f"select * from ({batch_statement(rule.table, query)}) as found"  # noqa: S608 # only parsed
        )
    except duckdb.Error as error:
        return (
            f"is no SQL: {str(error).splitlines()[0]}. Note that {{batch}} takes an alias only in a query "
            "with a join, and that the query must not end in a comment"
        )
    return None if len(statements) == 1 else "must be a single statement"


_OPERATORS = ("==", "!=", "<", "<=", ">", ">=", "IN", "NOT_IN")


def _condition_problem(value: object, inside: tuple[str, ...] = ("and", "or")) -> str | None:
    if not isinstance(value, dict):
        return 'is no object such as {"type": "nullity", "column": {"name": "title"}, "is_null": false}'
    kind = value.get("type")
    if kind in inside:
        return _group_problem(value, inside=("and",) if kind == "or" else ())
    if kind in ("comparison", "nullity"):
        return _comparison_problem(value) if kind == "comparison" else _nullity_problem(value)
    return f"has the type {kind!r}. Use comparison or nullity, joined by and, and these joined by or"


def _group_problem(value: dict[str, Any], inside: tuple[str, ...]) -> str | None:
    conditions = value.get("conditions")
    if set(value) != {"type", "conditions"} or not isinstance(conditions, list) or not conditions:
        return f"of type {value['type']} takes a list of conditions and nothing else"
    return next(filter(None, (_condition_problem(part, inside) for part in conditions)), None)


def _condition_column_problem(value: object) -> str | None:
    if not isinstance(value, dict) or set(value) != {"name"}:
        return 'writes its column as {"name": ...}'
    return _column_problem(value["name"])


def _nullity_problem(value: dict[str, Any]) -> str | None:
    if set(value) != {"type", "column", "is_null"} or not isinstance(value["is_null"], bool):
        return "of type nullity takes column and is_null"
    return _condition_column_problem(value["column"])


def _comparison_problem(value: dict[str, Any]) -> str | None:
    if set(value) != {"type", "column", "operator", "parameter"} or value["operator"] not in _OPERATORS:
        return f"of type comparison takes column, parameter and an operator of {' '.join(_OPERATORS)}"
    parameter = value["parameter"]
    if value["operator"] in ("IN", "NOT_IN"):
        # Great Expectations takes no list of booleans here.
        if _value_set_problem(parameter) or _kind(parameter[0]) == "bool":
            return f"with {value['operator']} takes a list of texts or of numbers"
    elif _kind(parameter) is None:
        return "compares with a text, a number or a boolean"
    return _condition_column_problem(value["column"])


_KWARG_PROBLEMS: dict[str, Callable[[Any], str | None]] = {
    "column": _column_problem,
    "column_A": _column_problem,
    "column_B": _column_problem,
    "column_list": _column_list_problem,
    "value_set": _value_set_problem,
    "regex": _text_problem,
    "min_value": _bound_problem,
    "max_value": _bound_problem,
    "strict_min": _flag_problem,
    "strict_max": _flag_problem,
    "or_equal": _flag_problem,
    "mostly": _mostly_problem,
    "row_condition": _condition_problem,
    "unexpected_rows_query": _text_problem,
}
