"""One suite's page, rendered by Great Expectations, without scripts and with nothing on it that can act.

Great Expectations escapes neither values nor column names nor descriptions, and a part that it cannot render is
missing without a sign. So it is given texts that are escaped already, and what it made is looked through before
it is used. The frame around its sections is a template of ours: its own loads scripts and styles from the network.

Import this module only where pages are made: it loads Great Expectations.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import jinja2
from great_expectations.core.expectation_validation_result import expectationSuiteValidationResultSchema
from great_expectations.render.components import RenderedHeaderContent
from great_expectations.render.renderer.page_renderer import ValidationResultsPageRenderer
from great_expectations.render.view.view import DefaultJinjaPageView
from selectolax.lexbor import LexborHTMLParser, LexborNode

from etl.runs import RunRecord
from etl.text import visible

TEMPLATES = Path(__file__).parent / "data_docs_templates"
POLICY = "default-src 'none'; style-src 'self' file: 'unsafe-inline'; base-uri 'none'; form-action 'none'"
"""What a browser may do with a page: load styles from beside it, and nothing else. On disk, 'self' may mean nothing."""

VALUE_LENGTH = 160
"""Characters shown of a text that is not from our rule files."""

_COUNTS = ("element_count", "unexpected_count", "unexpected_percent", "observed_value")
_BADGES = {"critical": "danger", "warning": "warning", "info": "info"}
_NO_TRACEBACK = "Left out: it may quote a page."

_ELEMENTS = re.compile(
    "html|head|meta|title|link|body|nav|a|div|span|p|h[1-6]|ul|li|table|thead|tbody|tr|th|td|strong|small|code|i|br"
    "|details|summary|input|label"
)
_ATTRIBUTES = re.compile(
    "aria-[a-z]+|data-[a-z-]+|autocomplete|charset|checked|class|colspan|content|for|hidden|href|http-equiv|id|lang"
    "|name|rel|role|style|type"
)
_ADDRESS = re.compile(r"#[\w-]*|[\w-]+\.(?:html|json)|\.\./vendor/[\w.-]+\.css|\.\./\.\./index\.html")
_ACTIVE_STYLE = re.compile(r"url|@|expression|\\", re.IGNORECASE)


class PageError(RuntimeError):
    """A page is not as it must be: a rule is missing, or something on it could act; the message says what."""


class SuitePages:
    """Renders the pages of one run's suites."""

    def __init__(self, record: RunRecord) -> None:
        self._record = record
        self._renderer = _Renderer()
        self._view = _View()

    def render(self, validation: Mapping[str, Any]) -> str:
        """Render one suite's page.

        Args:
            validation: Great Expectations' validation result as JSON.

        Returns:
            The HTML, to be stored two folders below the report.

        Raises:
            PageError: The page lacks a rule or holds something that could act.
        """
        name = validation["suite_name"]
        errors = {row["rule_id"]: row["error"] for row in self._record.rule_results if row["suite"] == name}
        result = expectationSuiteValidationResultSchema.load(_safe_validation(validation, errors, self._record))
        document = self._renderer.render(result)
        page: str = self._view.render(document, policy=POLICY, suite=name)  # type: ignore[no-untyped-call] # not typed there
        page = re.sub(r"\s*\n\s*", "\n", page)
        rule_ids = [outcome["expectation_config"]["meta"]["rule_id"] for outcome in validation["results"]]
        _check_rules(LexborHTMLParser(page), rule_ids)
        check_page(page)
        return page


# What Great Expectations is given ------------------------------------------------------------------


def _safe_validation(
    validation: Mapping[str, Any], errors: Mapping[str, str | None], record: RunRecord
) -> dict[str, Any]:
    """Copy what the page shows, every text escaped."""
    meta = validation["meta"]
    return {
        "success": validation["success"],
        "suite_name": _value(validation["suite_name"]),
        "suite_parameters": {},
        "statistics": validation["statistics"],
        "results": [_safe_outcome(outcome, errors) for outcome in validation["results"]],
        "meta": {
            "great_expectations_version": _value(meta.get("great_expectations_version")),
            "run_id": {"run_name": _value(record.run_id), "run_time": record.finished_at or record.started_at},
            "batch_spec": _safe_texts(meta.get("batch_spec", {})),
            "batch_markers": _safe_texts(meta.get("batch_markers", {})),
        },
    }


def _safe_outcome(outcome: Mapping[str, Any], errors: Mapping[str, str | None]) -> dict[str, Any]:
    config, exception = outcome["expectation_config"], outcome["exception_info"]
    kwargs = dict(config["kwargs"])
    if "column" in kwargs:
        # The only argument that the page shows beside our description.
        kwargs["column"] = _value(kwargs["column"])
    raised, error = bool(exception["raised_exception"]), errors.get(config["meta"]["rule_id"])
    return {
        "success": outcome["success"],
        "expectation_config": {
            "type": config["type"],
            "kwargs": kwargs,
            "meta": {},
            "description": _describe(config, None if raised else error),
            "severity": config["severity"],
        },
        "result": {name: _number_or_text(outcome["result"].get(name)) for name in _COUNTS if name in outcome["result"]},
        "meta": {},
        "exception_info": {
            "raised_exception": raised,
            # Great Expectations may give a rule the message of another; the one recorded is the rule's own.
            "exception_message": _text(error or exception["exception_message"]),
            "exception_traceback": _NO_TRACEBACK,
        },
    }


def _describe(config: Mapping[str, Any], error: str | None) -> str:
    """Write the cell of a rule as HTML. Great Expectations would show its description and nothing else of it."""
    meta, severity = config["meta"], config["severity"]
    kwargs = {name: value for name, value in config["kwargs"].items() if name != "batch_id"}
    parts = [
        f'<span class="badge badge-{_BADGES.get(severity, "secondary")}">{_text(severity)}</span>',
        f"{_text(config['description'])}<br>",
        f'<small class="text-muted">{_text(meta["why"])}<br>',
        f'<code data-rule="{_text(meta["rule_id"])}">{_text(meta["rule_id"])}</code> {_consequence(meta)}</small>',
        f"<details><summary>{_text(config['type'])}</summary>",
        f"<code>{_text(json.dumps(kwargs, ensure_ascii=False))}</code></details>",
    ]
    if error:
        parts.append(f'<strong class="text-danger">No verdict: {_text(error)}</strong>')
    return " ".join(parts)


def _consequence(meta: Mapping[str, Any]) -> str:
    if meta["blocking"]:
        return "a failure stops the publication"
    if meta["action"] == "quarantine":
        return f"failing rows go to quarantine as {_text(meta['reason'])}"
    return "a failure is reported"


def _safe_texts(texts: Mapping[str, Any]) -> dict[str, str]:
    return {_value(name): _value(text) for name, text in texts.items() if isinstance(text, str)}


def _number_or_text(value: object) -> object:
    return value if value is None or isinstance(value, int | float) else _value(value)


def _value(value: object) -> str:
    """Escape a text that may be from a page, cut to a length that can be read."""
    text = visible(value)
    return _text(text if len(text) <= VALUE_LENGTH else text[: VALUE_LENGTH - 1] + "…")


def _text(value: object) -> str:
    """Escape a text."""
    return html.escape(visible(value))


# How it renders ------------------------------------------------------------------------------------


class _Renderer(ValidationResultsPageRenderer):
    """Great Expectations' renderer, without the link to a page on the suite, which is not made here."""

    @classmethod
    def _render_validation_header(cls, validation_results: object) -> RenderedHeaderContent:
        content: RenderedHeaderContent = super()._render_validation_header(validation_results)  # type: ignore[no-untyped-call] # not typed there
        del content.subheader.string_template["styling"]["params"]["expectation_suite_name"]
        return content

    def _determine_page_title(self, *_: object) -> str:
        """Leave the title to our frame: the inherited way reads the run's id as a date, which some ids overflow."""
        return ""


class _View(DefaultJinjaPageView):
    """Great Expectations' view in our frame."""

    _template = "suite.html.j2"

    def __init__(self) -> None:
        super().__init__()
        # Ours first. The folder that a view may be given is asked last, so that it replaces nothing.
        packaged = self.env.loader
        self.env.loader = jinja2.ChoiceLoader([jinja2.FileSystemLoader(TEMPLATES), *([packaged] if packaged else [])])
        self.env.autoescape = jinja2.select_autoescape(("html.j2",))
        self.env.auto_reload = False

    @staticmethod
    def _escape_template_param_value(value: Any) -> Any:  # noqa: ANN401 # the base class's signature
        """Escape what is not escaped yet; the inherited way would escape our texts twice."""
        return html.escape(html.unescape(value)) if isinstance(value, str) else value


# What it made --------------------------------------------------------------------------------------


def _check_rules(tree: LexborHTMLParser, rule_ids: Iterable[str]) -> None:
    expected = sorted(rule_ids)
    rows = [row for row in tree.css("tr") if row.css_first("i.fas")]
    found = sorted(str(node.attributes["data-rule"]) for row in rows for node in row.css("code[data-rule]"))
    if found != expected or len(rows) != len(expected):
        raise PageError(f"{len(expected)} rules, but {len(rows)} rows with the rules {', '.join(found)}")


def check_page(page: str) -> None:
    """Look through a page as a browser reads it.

    Args:
        page: The HTML.

    Raises:
        PageError: It holds an element or attribute that pages here do not need, or an address outside the report.
    """
    for node in LexborHTMLParser(page).css("*"):
        if problem := _problem(node):
            raise PageError(f"a page must not hold {problem}")


def _problem(node: LexborNode) -> str | None:
    if not _ELEMENTS.fullmatch(node.tag or ""):
        return f"the element {node.tag}"
    for name, value in node.attributes.items():
        if not _ATTRIBUTES.fullmatch(name):
            return f"the attribute {name} of {node.tag}"
        if name == "href" and not _ADDRESS.fullmatch(value or ""):
            return f"the address {value}"
        if name == "style" and _ACTIVE_STYLE.search(value or ""):
            return f"the style {value}"
        if name == "http-equiv" and value != "Content-Security-Policy":
            return f"the instruction {value}"
    return None
