"""The rules as Markdown: what each demands, and the fault that it was shown to find.

Rendering runs every rule on every fault, half a minute of work; the tests do the same and compare line by line.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from docs.dictionary import escaped
from etl.quality.suite import Rule, RuleResult

if TYPE_CHECKING:
    from tests.expectations.defects import Defect

HEAD = """\
<!-- Written by `python -m docs.build` from expectations/ and tests/expectations/: change those, then run it. -->

# Rules

Every rule of the suites in `expectations/`, and a fault for each. The fault is seeded by the statement shown in a small
database where all rules hold; the test `tests/expectations` passes only if exactly this rule fails, and those that the
last column names beside it. *Rows* is how many rows the rule then finds; a rule about a table as a whole finds none.
A rule that blocks stops the publication; one that sends to quarantine takes its rows out and stops nothing.
"""


def render() -> str:
    """The whole document."""
    from tests.expectations.defects import DEFECTS, SUITES, seeded, sound_database, verdicts

    blocks = [HEAD]
    with sound_database() as con:
        for suite in SUITES.values():
            lines = [f"## {suite.table}", "", "| rule | severity | demands | fault | rows | also fails |"]
            lines.append("| --- | --- | --- | --- | --- | --- |")
            for rule in suite.rules:
                with seeded(con, rule.rule_id):
                    lines.append(row(rule, DEFECTS[rule.rule_id], verdicts(con)))
            blocks.append("\n".join(lines) + "\n")
    return "\n".join(blocks)


def row(rule: Rule, defect: Defect, results: Mapping[str, RuleResult]) -> str:
    """The line of one rule, with what was found when its fault was seeded."""
    consequence = "blocks" if rule.blocking else "quarantine" if rule.action == "quarantine" else ""
    cells = (
        f"`{rule.rule_id}`",
        f"{rule.severity}, {consequence}" if consequence else rule.severity,
        escaped(rule.description),
        "`" + " ".join(defect.statements.split()).replace("|", "\\|") + "`",
        str(results[rule.rule_id].rows_failed),
        ", ".join(f"`{other}`" for other in sorted(defect.also)),
    )
    return f"| {' | '.join(cells)} |"
