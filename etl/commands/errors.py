"""Errors as people read them: one sentence that names the file, address or setting, and what to do about it.

What belongs here: the sentences for errors of the system and of libraries, which were not written for our readers, and
the exit codes. What does not: errors of this package; their own messages say all there is to say. An error is known by
the name of its class and its message, because that is all that Dagster keeps of one.
"""

from __future__ import annotations

import re
import traceback

from etl.commands import show

EXIT_CODES = {
    0: "done: published, nothing new, or printed",
    1: "not published because a blocking rule failed; of `kcna verify`: damage was found",
    show.FAILED: "wrong usage or environment; one sentence on stderr says what to do",
    show.INTERRUPTED: "interrupted; the next run goes on from what is stored",
}
"""What the exit codes of `kcna` mean."""

PACKAGE = __name__.partition(".")[0]

_DAMAGE = r"duckdb\.(IO|Serialization|Internal|Fatal|Connection)Exception"
_REPAIR = "`kcna verify` names the damage, and `kcna rebuild` makes it again from the raw pages"

_INTERRUPTED = "interrupted; the next run goes on from what is stored"

_SENTENCES = (
    (r"KeyboardInterrupt|InterruptException|Query interrupted", _INTERRUPTED),
    (
        r"No space left on device|Disk quota exceeded|File too large|database or disk is full|disk I/O error",
        "the disk is full ({what}); make room for the home folder and run again",
    ),
    (
        r"OutOfMemoryException",
        "more memory is needed than KCNA_MEMORY_LIMIT allows ({what}); set it higher, for example to 2GB",
    ),
    (
        r"\bMemoryError",
        "this machine has no more memory; end other programs, or set KCNA_WORKERS=1 and run again",
    ),
    (
        r"\[Errno \d+\] Not a directory: (?P<mark>['\"])(?P<path>.*)(?P=mark)",
        "{path}: a part of this path is a file and no folder; choose another path",
    ),
    (
        r"\[Errno \d+\] (?P<reason>[^:]+): (?P<mark>['\"])(?P<path>.*)(?P=mark)",
        "{path}: {reason}; check the path and its permissions, or choose another",
    ),
    (
        r"Could not set lock",
        "a run is checking the warehouse right now; try again in a moment ({what})",
    ),
    (_DAMAGE, f"the warehouse cannot be read and may be damaged ({{what}}); {_REPAIR}"),
)
"""Signs in the class and message of an error, and what is said instead; the first that fits counts."""

_QUERY_REMEDIES = (
    (r"OutOfMemoryException", "set KCNA_MEMORY_LIMIT higher, for example to 2GB, or ask for less"),
    (r"read-only mode", "the warehouse can only be read; write into a database of your own that attaches it read-only"),
    (
        r"PermissionException|disabled (by|through) configuration|configuration has been locked",
        "files, network and extensions are closed here; open the warehouse read-only in a DuckDB client of your own",
    ),
    (r"BinderException", "`.describe TABLE` lists the columns of a table"),
    (r"CatalogException", "`.tables` lists the tables"),
    (r"ParserException", "correct the query there"),
    (_DAMAGE, f"the warehouse may be damaged: {_REPAIR}"),
)
"""Signs in the class and message of an error of a query, and what to do about it."""


_ADDED = re.compile(r"\n\s*(?:LINE \d+:|Possible solutions:|See also |\[SQL: |\(Background )")


def fail(error: BaseException) -> int:
    """Say what went wrong, after the traceback if KCNA_TRACEBACK asks for it; returns the exit code."""
    print_traceback("".join(traceback.format_exception(error)))
    said = sentence(_kind(error), str(error))
    failed = show.fail(said)
    return show.INTERRUPTED if said == _INTERRUPTED else failed


def sentence(kind: str, message: str) -> str:
    """What people are told of an error.

    Args:
        kind: the class with its module, as in `builtins.OSError`.
        message: the error's own words.
    """
    if kind.startswith(f"{PACKAGE}."):
        return message.strip()
    what = _first_part(message)
    for sign, said in _SENTENCES:
        if found := re.search(sign, f"{kind}: {what}"):
            return said.format(what=what, **found.groupdict())
    name = kind.removeprefix("builtins.")
    return f"unexpected {name}: {what}; this is a fault of the program: report it with what KCNA_TRACEBACK=1 prints"


def query_sentence(error: Exception) -> str:
    """What people are told of an error in a query of theirs: DuckDB's own words, without the query, and a remedy."""
    what, kind = _first_part(str(error)), _kind(error)
    remedies = (remedy for sign, remedy in _QUERY_REMEDIES if re.search(sign, f"{kind}: {what}"))
    remedy = next(remedies, "correct the query and ask again")
    return f"{what.rstrip('.!')}; {remedy}"


def print_traceback(lines: str) -> None:
    """Print a traceback on stderr, line by line as plain text, if the setting KCNA_TRACEBACK asks for it."""
    if not _is_traceback_wanted():
        return
    for line in lines.splitlines():
        show.say(line)


def _is_traceback_wanted() -> bool:
    from etl.settings import Settings

    try:
        return Settings().traceback
    except ValueError:  # a setting that cannot be used; its own message says so
        return False


def _kind(error: BaseException) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}"


def _first_part(message: str) -> str:
    """The message on one line, without the query and the general advice that libraries add to it."""
    return " ".join(_ADDED.split(message)[0].split())
