"""The commonest errors of `kcna` as Markdown: what people are told, and what to do.

The texts stand here once; `tests/commands/test_commands_errors.py` provokes each error and compares what is printed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from docs.dictionary import escaped
from etl.commands.errors import EXIT_CODES

HEAD = """\
<!-- Written by `python -m docs.build` from docs/errors.py and etl/commands/errors.py: change those, then run it. -->

# Errors and exit codes

An error is one sentence on stderr that begins with `kcna:`, names the file, address or setting, and says what to do.
A run that fails adds a line on what became of the published warehouse; one that a rule stops prints its summary; wrong
usage prints the usage. Words in braces stand for yours. With `KCNA_TRACEBACK=1`, the place in the program where an
error arose is printed before the sentence, also of an error inside the pipeline.
"""


@dataclass(frozen=True, slots=True)
class ErrorText:
    """An error that people meet.

    Attributes:
        what: what has happened.
        exit_code: how the command ends.
        message: what is printed, with names in braces for what differs.
        remedy: what to do, where it takes more than the message says.
        kind: `failure`, one sentence; `run`, which adds a line on the published warehouse; `blocked`, a summary of
            which the message is the last line; `usage`, of which it is the last line too.
    """

    what: str
    exit_code: int
    message: str
    remedy: str = ""
    kind: Literal["failure", "run", "blocked", "usage"] = "failure"

    @property
    def printed(self) -> str:
        """The message as it is printed."""
        before = {"failure": "kcna: ", "run": "kcna: the run failed: ", "blocked": "", "usage": "Error: "}
        return before[self.kind] + self.message


BLOCKED = "Not published: a blocking rule failed. See {report}"
CLOSED = "file system operations are disabled by configuration"
REPAIR = "`kcna verify` names the damage, and `kcna rebuild` makes it again from the raw pages"

ERRORS = {
    "origin_missing": ErrorText(
        "There is no such origin",
        2,
        "{origin}: no such file or folder; give the path of a folder of pages, of one page or of an archive",
        "Nothing was written.",
    ),
    "origin_unreadable": ErrorText(
        "A folder of pages may not be read",
        2,
        "{origin}: the folder cannot be listed (Permission denied); check its permissions",
        kind="run",
    ),
    "origin_empty": ErrorText(
        "An origin holds no page",
        1,
        BLOCKED,
        "The rule `page_rows_present` is listed above the message, and why the files offered, if any, gave no page.",
        "blocked",
    ),
    "scheme_unknown": ErrorText(
        "The address has a scheme that nobody knows",
        2,
        "{origin}: nothing is known of {scheme}://; "
        "give a path, or an address with https://, s3://, gs:// or another scheme of fsspec",
    ),
    "library_missing": ErrorText(
        "The library for object storage is missing",
        2,
        "{origin}: the library for s3:// is missing; install kcna-warehouse[s3]",
    ),
    "contact_missing": ErrorText(
        "Nobody is named who asks web servers",
        2,
        "web servers are only asked by somebody they can reach: "
        "set KCNA_HTTP_CONTACT to an e-mail address or a page of yours",
        kind="run",
    ),
    "page_refused": ErrorText(
        "A web server has no such page, or its robots.txt forbids it",
        1,
        BLOCKED,
        "The address and the reason are listed above the message; correct the address, or leave the page alone. Other "
        "pages of the same run are loaded.",
        "blocked",
    ),
    "home_is_file": ErrorText(
        "The home is a file",
        2,
        "Invalid value for '--home': Directory '{home}' is a file.",
        "Name a folder.",
        "usage",
    ),
    "home_below_file": ErrorText(
        "The home lies below a file",
        2,
        "{path}: a part of this path is a file and no folder; choose another path",
    ),
    "home_not_writable": ErrorText(
        "The home may not be written",
        2,
        "{home}: Permission denied; check the path and its permissions, or choose another",
        "Name another folder with `--home` or `KCNA_HOME`.",
    ),
    "home_newer": ErrorText(
        "A newer version of the program wrote to the home",
        2,
        "{home}: format {found} was written by a newer kcna, and this one reads formats up to {known}; "
        "install the newer version, or use another --home",
    ),
    "disk_full": ErrorText(
        "The disk is full",
        2,
        "the disk is full ({what}); make room for the home folder and run again",
        "What was stored stays, and what was published is as before.",
        "run",
    ),
    "two_runs": ErrorText(
        "Two runs at once",
        2,
        "{home}: another run is writing here (process {process}); wait until it ends, or use another --home",
    ),
    "worker_died": ErrorText(
        "A worker process died",
        2,
        "a worker process died, perhaps for want of memory; set KCNA_WORKERS=1 and run again",
        kind="run",
    ),
    "interrupted": ErrorText("Interrupted with Ctrl-C", 130, "interrupted; the next run goes on from what is stored"),
    "rule_blocks": ErrorText(
        "A blocking rule failed",
        1,
        BLOCKED,
        "The rule and the number of its rows are listed above the message; the report shows the rows. What was "
        "published stays.",
        "blocked",
    ),
    "nothing_published": ErrorText(
        "Nothing is published yet",
        2,
        "{home}: no warehouse is published here yet; run `kcna run` first",
    ),
    "raw_damaged": ErrorText(
        "A raw pack is damaged",
        2,
        "{pack}: the bytes differ from the manifest (SHA-256); restore it from a backup",
        "Nothing can replace raw pages, so a run that meets one stops; `kcna verify` names all that is damaged.",
    ),
    "warehouse_damaged": ErrorText(
        "The warehouse is damaged",
        2,
        f"the warehouse cannot be read and may be damaged ({{what}}); {REPAIR}",
    ),
    "column_unknown": ErrorText(
        "A query names a column that there is not",
        2,
        "Binder Error: {what}; `.describe TABLE` lists the columns of a table",
    ),
    "table_unknown": ErrorText(
        "A query names a table that there is not",
        2,
        "Catalog Error: {what}; `.tables` lists the tables",
    ),
    "query_writes": ErrorText(
        "A query writes",
        2,
        "Invalid Input Error: {what}; "
        "the warehouse can only be read; write into a database of your own that attaches it read-only",
    ),
    "query_reads_file": ErrorText(
        "A query reads or writes a file",
        2,
        f'Permission Error: Cannot access file "{{file}}" - {CLOSED}; '
        "files, network and extensions are closed here; open the warehouse read-only in a DuckDB client of your own",
        "`kcna export` writes tables as files.",
    ),
    "query_memory": ErrorText(
        "A query needs more memory than it may have",
        2,
        "Out of Memory Error: {what}; set KCNA_MEMORY_LIMIT higher, for example to 2GB, or ask for less",
    ),
    "command_unknown": ErrorText(
        "There is no such command", 2, "No such command '{word}'.", "`kcna --help` lists them.", "usage"
    ),
    "format_unknown": ErrorText(
        "An option has no such value",
        2,
        "Invalid value for '--format': '{word}' is not one of 'table', 'json', 'csv'.",
        "The command with `--help` lists its options.",
        "usage",
    ),
    "setting_bad": ErrorText(
        "A setting cannot be used",
        2,
        "the setting {setting} cannot be used: {what} (it is {value})",
        "Settings come from the environment and from `.env`; the README lists them.",
    ),
    "port_in_use": ErrorText(
        "A port is in use",
        2,
        "port {port} on 127.0.0.1 is in use; choose another with --port",
    ),
    "page_unknown": ErrorText(
        "There is no such page in quarantine",
        2,
        "there is no page {page}; give its name, or 6 characters or more of its SHA-256 (kcna quarantine list)",
    ),
    "page_ambiguous": ErrorText(
        "A page in quarantine is named ambiguously",
        2,
        "{page} may be {candidates}; give more of the SHA-256",
    ),
    "export_not_ours": ErrorText(
        "The folder for an export holds something else",
        2,
        "{folder}: '{file}' is no file of an earlier export; name a new folder or an empty one",
    ),
}
"""The errors that people meet most, by a name for tests."""


def render() -> str:
    """The whole document."""
    lines = [HEAD, "| exit code | meaning |", "| --- | --- |"]
    lines += [f"| {code} | {meaning} |" for code, meaning in EXIT_CODES.items()]
    lines += ["", "| error | exit | message | what else to know |", "| --- | --- | --- | --- |"]
    for text in ERRORS.values():
        message = text.printed.replace("|", "\\|")
        quoted = f"`` {message} ``" if "`" in message else f"`{message}`"
        lines.append(f"| {escaped(text.what)} | {text.exit_code} | {quoted} | {text.remedy} |")
    return "\n".join(lines) + "\n"
