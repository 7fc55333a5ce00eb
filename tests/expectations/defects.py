"""One fault for every rule, and a database where all rules hold to seed it in.

A fault that breaks other rules too names them. `docs/rules.md` shows them with what the rule finds.
"""

import contextlib
import tempfile
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import duckdb

from etl.parse.schema import SCHEMAS as PARSED
from etl.quality.row_rules import evaluate
from etl.quality.suite import load_suites
from etl.settings import Settings, project_folder
from etl.stages import ParsedStore, rules_database
from etl.warehouse.catalog import SCHEMAS
from tests import support
from tests.support import block, broken_page, offer, page, refusal

SUITES = load_suites(project_folder("expectations"))
RULES = {rule.rule_id: rule for suite in SUITES.values() for rule in suite.rules}

PARAGRAPH = (
    "Apples of the Taedonggang Combined Fruit Farm were picked within a week, a fifth more than in the year before, "
    "and sent to the shops of the capital and to the fruit processing factory."
)
LINKED = block("Orchard Harvested", date(2024, 9, 18), "Pyongyang, September 18 (KCNA) -- Apples of the Taedonggang")
LOREM = "Ipsum dolor sit amet, consectetur adipiscing elit, sed eiusmod tempor incididunt ut labore et dolore aliqua."
NO_TOPIC = block("Consectetur", date(2024, 9, 16), "Adipiscing elit.")
NOT_LINKED = block("New Bridge Opened", date(2024, 9, 17), "A bridge was opened over the Taedong River.")


@dataclass
class Defect:
    """Statements that seed one fault, and the rules besides its own that it must break."""

    statements: str
    also: set[str] = field(default_factory=set)


def null_key(table, key="page_sha256", also=()):
    """The key of one row is gone."""
    statement = f"update {table} set {key} = null where rowid = (select max(rowid) from {table})"
    return Defect(statement, set(also))


def twice(table, also=(), where="true"):
    """One row stands there twice."""
    return Defect(f"insert into {table} from (from {table} where {where} limit 1)", set(also))


def change(table, column, value, where="true", also=()):
    """One column of the rows that a condition names has another value."""
    return Defect(f"update {table} set {column} = {value} where {where}", set(also))


def month_of_articles(known_count):
    """Thirty days of one source, each with captures, and the number of articles that an expression of `day` gives."""
    return (
        "insert into marts.daily_volume select 'mfa', date '2024-01-01' + day::integer, "
        f"{known_count}, 0, {known_count}, 9, false from range(30) as days(day)"
    )


ONE_LOADED = "page_sha256 = (select min(page_sha256) from parsed.article)"
LAST_PAGE = "page_sha256 = (select max(page_sha256) from core.fact_page where outcome = 'load')"
ONE_ARTICLE = "article_id = (select min(article_id) from core.fact_article)"
LATER = "version_number = 2"
THE_LINKED = "article_id is not null"
NOBODY = "'nobody'"
ONE_PERSON = "person_id = (select min(person_id) from core.dim_person)"
ONE_MENTION = "kind = 'country' and surface = 'Russia'"
A_PROVINCE = "province_id = 'KP-15'"

DEFECTS = {
    # parsed: what a page says
    "page_rows_present": Defect("delete from parsed.page"),
    "page_key_present": null_key("parsed.page"),
    "page_key_unique": twice("parsed.page"),
    "page_outcome_known": change("parsed.page", "outcome", "'perhaps'", "outcome = 'quarantine'"),
    "page_loaded_lines_explained": change("parsed.page", "unexplained_line_count", "1", ONE_LOADED),
    "page_site_label_agrees": change("parsed.page", "site_label", "'Rodong Sinmun (En)'", ONE_LOADED),
    "page_sidebar_label_agrees": change("parsed.page", "sidebar_label", "'Rodong Sinmun (En)'", ONE_LOADED),
    "page_captured_date_possible": change("parsed.page", "captured_date", "date '9999-12-31'", ONE_LOADED),
    "page_sidebar_whole": change("parsed.page", "is_sidebar_cut", "true", ONE_LOADED),
    "article_title_present": change("parsed.article", "title", "null", ONE_LOADED),
    "article_title_visible": change("parsed.article", "title_key", "' '", ONE_LOADED),
    "article_published_date_present": change("parsed.article", "published_date", "null", ONE_LOADED),
    "article_published_date_possible": change(
        "parsed.article",
        "(published_date, dateline_date, footer_date, footer_text)",
        "row(date '1945-12-31', null, null, null)",
        ONE_LOADED,
    ),
    "article_published_not_after_capture": change("parsed.article", "captured_date", "published_date - 2", ONE_LOADED),
    "article_paragraph_present": change("parsed.article", "paragraph_count", "0", ONE_LOADED),
    "article_footer_date_agrees": change("parsed.article", "footer_date", "published_date - 2", ONE_LOADED),
    "article_footer_readable": change("parsed.article", "footer_date", "null", ONE_LOADED),
    "article_dateline_near": change("parsed.article", "dateline_date", "published_date - 3", ONE_LOADED),
    "article_footer_calendar_expected": change("parsed.article", "footer_calendar", "'gregorian'", ONE_LOADED),
    "article_end_mark_present": change("parsed.article", "has_end_mark", "false"),
    "article_length_usual": change("parsed.article", "character_count", "99", ONE_LOADED),
    "article_text_undamaged": change("parsed.article", "is_garbled", "true", ONE_LOADED),
    "article_paragraphs_usual": change("parsed.article", "paragraph_count", "401", ONE_LOADED),
    "sidebar_block_key_unique": twice("parsed.sidebar_block"),
    "sidebar_block_title_visible": change("parsed.sidebar_block", "title_key", "''", "position = 1"),
    "sidebar_block_date_possible": change("parsed.sidebar_block", "shown_date", "date '1945-12-31'", "position = 1"),
    "sidebar_block_not_after_capture": change(
        "parsed.sidebar_block", "shown_date", "captured_date + 2", "position = 1"
    ),
    "sidebar_block_complete": change("parsed.sidebar_block", "is_complete", "false", "position = 1"),
    "sidebar_block_teaser_length": change("parsed.sidebar_block", "teaser_character_count", "141", "position = 1"),
    # core: keys, references and sums
    "dim_date_key_present": null_key("core.dim_date", "date"),
    "dim_date_key_unique": twice("core.dim_date", ["dim_date_complete"]),
    "dim_date_complete": Defect("delete from core.dim_date where date = '1999-09-09'"),
    "dim_source_key_present": Defect(
        "insert into core.dim_source (label, label_key, is_listed) values ('Kite Post', 'kite post', true)"
    ),
    "dim_source_key_unique": Defect(
        "insert into core.dim_source (source_id, label, label_key, is_listed) values ('mfa', 'Kite', 'kite', true)"
    ),
    "dim_source_label_unique": Defect(
        "insert into core.dim_source "
        "select * replace ('another' as source_id) from core.dim_source where source_id = 'mfa'"
    ),
    "dim_source_listed": change("core.dim_source", "is_listed", "false", "source_id = 'mfa'"),
    "fact_article_key_present": Defect(
        "insert into core.fact_article (source_id, published_date) values (null, null)",
        {
            "fact_article_versions_counted",
            "fact_article_topic_one_primary",
            "publication_lag_complete",
            "field_completeness_all_articles",
        },
    ),
    "fact_article_key_unique": twice("core.fact_article", ["field_completeness_all_articles"]),
    "fact_article_key_format": Defect(
        "insert into core.fact_article (article_id) values ('abc')",
        {
            "fact_article_versions_counted",
            "fact_article_topic_one_primary",
            "publication_lag_complete",
            "field_completeness_all_articles",
        },
    ),
    "fact_article_source_exists": change("core.fact_article", "source_id", NOBODY, ONE_ARTICLE),
    "fact_article_published_date_exists": change(
        "core.fact_article", "published_date", "date '1944-01-01'", ONE_ARTICLE, ["fact_leader_event_near_publication"]
    ),
    "fact_article_has_version": change(
        "core.fact_article", "version_count", "0", ONE_ARTICLE, ["fact_article_versions_counted"]
    ),
    "fact_article_versions_counted": change("core.fact_article", "version_count", "version_count + 1", ONE_ARTICLE),
    "fact_article_capture_order": change(
        "core.fact_article", "first_captured_date", "last_captured_date + 1", ONE_ARTICLE
    ),
    "fact_article_version_key_present": Defect("insert into core.fact_article_version (title) values ('no key')"),
    "fact_article_version_key_unique": twice(
        "core.fact_article_version", ["fact_article_versions_counted", "fact_article_version_number_unique"]
    ),
    "fact_article_version_article_exists": change(
        "core.fact_article_version", "article_id", NOBODY, ONE_ARTICLE, ["fact_article_versions_counted"]
    ),
    "fact_article_version_number_unique": change(
        "core.fact_article_version", "version_number", "1", LATER, ["fact_article_version_first_has_no_similarity"]
    ),
    "fact_article_version_similarity_possible": change("core.fact_article_version", "similarity", "1.5", LATER),
    "fact_article_version_first_has_no_similarity": change("core.fact_article_version", "similarity", "null", LATER),
    "fact_article_version_similar_to_the_one_before": change("core.fact_article_version", "similarity", "0.1", LATER),
    "fact_page_key_present": Defect("insert into core.fact_page (outcome) values ('reject')"),
    "fact_page_key_unique": twice("core.fact_page"),
    "fact_page_key_format": Defect("insert into core.fact_page (page_sha256, outcome) values ('abc', 'reject')"),
    "fact_page_source_exists": change("core.fact_page", "source_id", NOBODY, LAST_PAGE),
    "fact_page_article_exists": change("core.fact_page", "article_id", NOBODY, LAST_PAGE),
    "fact_page_version_exists": change("core.fact_page", "article_version_id", NOBODY, LAST_PAGE),
    "fact_page_loaded_has_article": change("core.fact_page", "source_id", "null", LAST_PAGE),
    "fact_sidebar_entry_key_present": Defect(
        "insert into core.fact_sidebar_entry (title) values ('no key, seen nowhere')",
        {"fact_sidebar_entry_topic_one_primary"},
    ),
    "fact_sidebar_entry_key_unique": twice("core.fact_sidebar_entry"),
    "fact_sidebar_entry_key_format": Defect(
        "insert into core.fact_sidebar_entry (sidebar_entry_id) values ('abc')",
        {"fact_sidebar_entry_topic_one_primary"},
    ),
    "fact_sidebar_entry_source_exists": change("core.fact_sidebar_entry", "source_id", NOBODY, THE_LINKED),
    "fact_sidebar_entry_shown_date_exists": change(
        "core.fact_sidebar_entry", "shown_date", "date '2051-01-01'", THE_LINKED
    ),
    "fact_sidebar_entry_article_exists": change("core.fact_sidebar_entry", "article_id", NOBODY, THE_LINKED),
    "fact_sidebar_entry_seen": change("core.fact_sidebar_entry", "appearance_count", "9", THE_LINKED),
    "fact_sidebar_entry_seen_order": change(
        "core.fact_sidebar_entry", "first_seen_date", "last_seen_date + 1", THE_LINKED
    ),
    "fact_sidebar_appearance_key_unique": twice("core.fact_sidebar_appearance", ["fact_sidebar_entry_seen"]),
    "fact_sidebar_appearance_page_exists": change("core.fact_sidebar_appearance", "page_sha256", NOBODY, "rowid = 0"),
    "fact_sidebar_appearance_entry_exists": Defect(
        "insert into core.fact_sidebar_appearance select page_sha256, 'nobody', 9, 1 from core.fact_page limit 1"
    ),
    "fact_sidebar_appearance_position": change("core.fact_sidebar_appearance", "position", "0", "rowid = 0"),
    # marts
    "daily_volume_key_unique": twice("marts.daily_volume"),
    "daily_volume_adds_up": change("marts.daily_volume", "known_count", "known_count + 1", "rowid = 0"),
    "daily_volume_not_far_below_usual": Defect(month_of_articles("if(day = 25, 2, 9)")),
    "daily_volume_not_far_above_usual": Defect(month_of_articles("if(day = 25, 46, 9)")),
    "sidebar_only_article_key_present": null_key("marts.sidebar_only_article", "sidebar_entry_id"),
    "sidebar_only_article_key_unique": twice("marts.sidebar_only_article"),
    "sidebar_only_article_unknown": Defect(
        "insert into marts.sidebar_only_article by name select sidebar_entry_id from core.fact_sidebar_entry "
        f"where {THE_LINKED}"
    ),
    "revision_key_unique": twice("marts.revision"),
    "revision_is_a_later_version": change("marts.revision", "version_number", "1"),
    "revisions_complete": Defect("delete from marts.revision"),
    # dimensions
    "dim_place_key_present": null_key("core.dim_place", "place_id"),
    "dim_place_key_unique": twice("core.dim_place", where="level = 3"),
    "dim_place_parent_exists": change("core.dim_place", "parent_place_id", NOBODY, "place_id = 'KP-03:Sinuiju'"),
    "dim_place_province_exists": change("core.dim_place", "province_id", NOBODY, "place_id = 'KP-03:Sinuiju'"),
    "dim_place_first_level_complete": change("core.dim_place", "iso_code", "null", "place_id = 'KP-15'"),
    "dim_place_in_korea": change("core.dim_place", "latitude", "longitude", "place_id = 'KP-15'"),
    "dim_topic_key_present": Defect("insert into core.dim_topic (label) values ('no key')"),
    "dim_topic_key_unique": twice("core.dim_topic", where="topic_id = 'world.news'"),
    "dim_topic_other_present": change(
        "core.dim_topic",
        "topic_id",
        "'the rest'",
        "topic_id = 'other'",
        ["fact_article_topic_topic_exists", "fact_sidebar_entry_topic_topic_exists"],
    ),
    "dim_person_key_present": Defect("insert into core.dim_person (name) values ('No Key')"),
    "dim_person_key_unique": twice("core.dim_person"),
    "dim_person_name_present": change("core.dim_person", "name", "null", ONE_PERSON),
    "dim_organization_key_present": Defect("insert into core.dim_organization (name) values ('No Key')"),
    "dim_organization_key_unique": twice("core.dim_organization"),
    "dim_organization_name_present": change("core.dim_organization", "name", "null", "organization_id = 'wpk'"),
    "dim_country_key_present": Defect("insert into core.dim_country (name) values ('No Key')"),
    "dim_country_key_unique": twice("core.dim_country"),
    "dim_newspaper_key_present": Defect("insert into core.dim_newspaper (name) values ('No Key')"),
    "dim_newspaper_key_unique": twice("core.dim_newspaper"),
    # what articles name and report
    "fact_mention_key_present": Defect("insert into core.fact_mention (kind, role) values ('place', 'award')"),
    "fact_mention_key_unique": twice("core.fact_mention", where="kind = 'country'"),
    "fact_mention_article_exists": change("core.fact_mention", "article_id", NOBODY, ONE_MENTION),
    "fact_mention_place_exists": change(
        "core.fact_mention", "entity_id", NOBODY, "kind = 'place' and role = 'in_org_name'"
    ),
    "fact_mention_person_exists": change("core.fact_mention", "entity_id", NOBODY, "kind = 'person'"),
    "fact_mention_organization_exists": change("core.fact_mention", "entity_id", NOBODY, "kind = 'organization'"),
    "fact_mention_country_exists": change("core.fact_mention", "entity_id", NOBODY, "kind = 'country'"),
    "fact_mention_newspaper_exists": change("core.fact_mention", "entity_id", NOBODY, "kind = 'newspaper'"),
    "fact_mention_kind_known": change("core.fact_mention", "kind", "'ship'", ONE_MENTION),
    "fact_mention_role_known": change("core.fact_mention", "role", "'guest'", ONE_MENTION),
    "fact_mention_stands_in_text": change("core.fact_mention", '"start"', '"start" + 1', ONE_MENTION),
    "fact_mention_not_in_dateline": change(
        "core.fact_mention", "role", "'in_org_name'", "role = 'dateline' and surface = 'Pyongyang'"
    ),
    "fact_article_topic_key_present": Defect("insert into core.fact_article_topic (score) values (1)"),
    "fact_article_topic_key_unique": Defect(
        "insert into core.fact_article_topic "
        "select * replace (false as is_primary) from core.fact_article_topic limit 1"
    ),
    "fact_article_topic_article_exists": Defect(
        "insert into core.fact_article_topic values ('nobody', 'other', 0, false)"
    ),
    "fact_article_topic_topic_exists": Defect(
        "insert into core.fact_article_topic select min(article_id), 'nothing', 0, false from core.fact_article_topic"
    ),
    "fact_article_topic_one_primary": change("core.fact_article_topic", "is_primary", "false"),
    "fact_sidebar_entry_topic_key_present": Defect("insert into core.fact_sidebar_entry_topic (score) values (1)"),
    "fact_sidebar_entry_topic_key_unique": Defect(
        "insert into core.fact_sidebar_entry_topic "
        "select * replace (false as is_primary) from core.fact_sidebar_entry_topic limit 1"
    ),
    "fact_sidebar_entry_topic_entry_exists": Defect(
        "insert into core.fact_sidebar_entry_topic values ('nobody', 'other', 0, false)"
    ),
    "fact_sidebar_entry_topic_topic_exists": Defect(
        "insert into core.fact_sidebar_entry_topic "
        "select min(sidebar_entry_id), 'nothing', 0, false from core.fact_sidebar_entry_topic"
    ),
    "fact_sidebar_entry_topic_one_primary": change("core.fact_sidebar_entry_topic", "is_primary", "false"),
    "fact_leader_event_key_present": Defect(
        "insert into core.fact_leader_event (event_type) values ('visit')", {"leader_event_month_complete"}
    ),
    "fact_leader_event_key_unique": twice(
        "core.fact_leader_event",
        [
            "leader_event_month_complete",
            "fact_leader_event_companion_counted",
            "fact_leader_event_report_counted",
        ],
    ),
    "fact_leader_event_key_format": Defect(
        "insert into core.fact_leader_event (leader_event_id, event_type) values ('abc', 'visit')",
        {"leader_event_month_complete"},
    ),
    "fact_leader_event_event_date_exists": change(
        "core.fact_leader_event", "event_date", "date '1944-01-01'", also=["fact_leader_event_near_publication"]
    ),
    "fact_leader_event_place_exists": change("core.fact_leader_event", "place_id", NOBODY),
    "fact_leader_event_article_exists": change("core.fact_leader_event", "article_id", NOBODY),
    "fact_leader_event_type_known": change("core.fact_leader_event", "event_type", "'rumour'"),
    "fact_leader_event_near_publication": change("core.fact_leader_event", "event_date", "event_date + 9"),
    "fact_leader_event_no_letter": change(
        "core.fact_leader_event", "title", "'Kim Jong Un Receives Letter from an Orchard'"
    ),
    "fact_leader_event_report_key_present": Defect(
        "insert into core.fact_leader_event_report (date_rule) values ('published')"
    ),
    "fact_leader_event_report_key_unique": twice("core.fact_leader_event_report", ["fact_leader_event_report_counted"]),
    "fact_leader_event_report_article_exists": change("core.fact_leader_event_report", "article_id", NOBODY),
    "fact_leader_event_report_event_exists": Defect(
        "insert into core.fact_leader_event_report (article_id, leader_event_id) "
        "select max(article_id), 'nobody' from core.fact_article where title not like '%Sinuiju%'"
    ),
    "fact_leader_event_report_counted": change("core.fact_leader_event", "report_count", "report_count + 1"),
    "fact_leader_event_companion_key_present": Defect("insert into core.fact_leader_event_companion (rank) values (1)"),
    "fact_leader_event_companion_key_unique": twice(
        "core.fact_leader_event_companion", ["fact_leader_event_companion_counted"]
    ),
    "fact_leader_event_companion_event_exists": Defect(
        "insert into core.fact_leader_event_companion select 'nobody', 1, min(person_id), null from core.dim_person"
    ),
    "fact_leader_event_companion_person_exists": change(
        "core.fact_leader_event_companion", "person_id", NOBODY, "rank = 1"
    ),
    "fact_leader_event_companion_counted": change("core.fact_leader_event", "companion_count", "companion_count + 1"),
    "fact_leader_event_companion_not_himself": change(
        "core.fact_leader_event_companion", "person_id", "'kim-jong-un'", "rank = 1"
    ),
    "fact_press_review_item_key_present": Defect(
        "insert into core.fact_press_review_item (position) values (1)", {"press_review_item_complete"}
    ),
    "fact_press_review_item_key_unique": twice("core.fact_press_review_item"),
    "fact_press_review_item_article_exists": Defect(
        "insert into core.fact_press_review_item (article_id, position) values ('nobody', 1)",
        {"press_review_item_complete"},
    ),
    "fact_press_review_item_newspaper_exists": change(
        "core.fact_press_review_item", "newspaper_id", NOBODY, "position = 1"
    ),
    "fact_press_review_item_stands_in_text": change("core.fact_press_review_item", "text", "'Else.'", "position = 1"),
    # marts over them
    "province_month_key_unique": twice("marts.province_month", ["province_month_complete"], "place_mention_count = 0"),
    "province_month_adds_up": change("marts.province_month", "article_count", "source_article_count + 1", A_PROVINCE),
    "province_month_complete": Defect(f"delete from marts.province_month where {A_PROVINCE}"),
    "province_month_mentions_complete": change(
        "marts.province_month", "place_mention_count", "place_mention_count + 1", A_PROVINCE
    ),
    "topic_month_key_unique": twice("marts.topic_month", where="primary_count = 0"),
    "topic_month_adds_up": change("marts.topic_month", "primary_count", "primary_count + 1", "topic_id = 'other'"),
    "leader_event_month_key_unique": twice("marts.leader_event_month", ["leader_event_month_complete"]),
    "leader_event_month_complete": change("marts.leader_event_month", "event_count", "event_count + 1"),
    "publication_lag_key_unique": twice("marts.publication_lag"),
    "publication_lag_complete": change("marts.publication_lag", "article_id", NOBODY, ONE_ARTICLE),
    "publication_lag_capture_follows": change("marts.publication_lag", "published_to_captured", "-2", ONE_ARTICLE),
    "press_review_item_key_unique": twice("marts.press_review_item"),
    "press_review_item_complete": Defect("delete from marts.press_review_item where position = 2"),
    "field_completeness_key_unique": twice("marts.field_completeness", ["field_completeness_all_articles"]),
    "field_completeness_possible": change("marts.field_completeness", "share", "1.5", "field = 'footer'"),
    "field_completeness_steady": Defect(
        "insert into marts.field_completeness select 'mfa', date '2024-01-01', 'footer', 100, 100, 1.0 "
        "union all select 'mfa', date '2024-02-01', 'footer', 74, 100, 0.74",
        {"field_completeness_all_articles"},
    ),
    "field_completeness_all_articles": change(
        "marts.field_completeness",
        "article_count",
        "2 * article_count",
        "field = 'place'",
        ["field_completeness_possible"],
    ),
    # quality: every file and page accounted for
    "accounting_key_present": null_key("quality.accounting", "identity"),
    "accounting_key_unique": change("quality.accounting", "identity", "'page_lines'", "identity = 'loaded_pages'"),
    "accounting_complete": Defect("delete from quality.accounting where identity = 'page_lines'"),
    "accounting_agrees": change("quality.accounting", "left_count", "left_count + 1", "identity = 'page_lines'"),
    "dropped_key_unique": twice("quality.dropped"),
    "dropped_page_exists": change("quality.dropped", "page_sha256", NOBODY, "rowid = 0"),
    "dropped_reason_known": change("quality.dropped", "reason", "'for_no_reason'", "rowid = 0"),
    "dropped_count_positive": change("quality.dropped", "row_count", "0", "rowid = 0"),
    "origin_file_key_present": null_key("quality.origin_file", "origin_file_id"),
    "origin_file_key_unique": twice("quality.origin_file", where="outcome = 'skipped'"),
    "origin_file_outcome_known": change("quality.origin_file", "outcome", "'lost'", "outcome = 'duplicate'"),
    "origin_file_has_reason": change("quality.origin_file", "reason_sentence", "null", "outcome = 'skipped'"),
    "origin_file_page_exists": change("quality.origin_file", "page_sha256", NOBODY, "outcome = 'duplicate'"),
    "origin_file_readable": change("quality.origin_file", "outcome", "'unreadable'", "outcome = 'skipped'"),
    "page_outcome_key_present": Defect(
        "insert into quality.page_outcome (outcome) values ('load')", {"page_outcome_has_file"}
    ),
    "page_outcome_key_unique": twice("quality.page_outcome"),
    "page_outcome_sidebar_repeated": change(
        "quality.page_outcome", "sidebar_entry_count", "4", "outcome = 'load' and layout = 'A'"
    ),
    "page_outcome_has_reason": change("quality.page_outcome", "reason_sentence", "null", "outcome = 'quarantine'"),
    "page_outcome_has_file": Defect(
        "delete from quality.origin_file where outcome = 'page' "
        "and page_sha256 = (select min(page_sha256) from core.fact_page)"
    ),
    "page_outcome_mostly_loaded": Defect(
        "insert into quality.page_outcome by name "
        "select 'page ' || i as page_sha256, 'reject' as outcome, 'empty_page' as reason, 'Empty.' as reason_sentence "
        "from range(20) as r(i); "
        "insert into quality.origin_file by name "
        "select 'file ' || i as origin_file_id, 'page' as outcome, 'page ' || i as page_sha256 from range(20) as r(i)"
    ),
}
"""Rule to the fault that it must find; a rule whose fault breaks others names them."""


@contextlib.contextmanager
def sound_database():
    """The parsed tables and the warehouse of a few pages, without constraints, so that any fault can be seeded."""
    with tempfile.TemporaryDirectory() as folder:
        yield from _opened(Settings(home=Path(folder)))


def _opened(settings):
    pages = [
        page(LINKED, NOT_LINKED, title="Another", paragraphs=(PARAGRAPH,)),
        page(LINKED, captured=date(2024, 9, 20), paragraphs=(PARAGRAPH,)),
        page(captured=date(2024, 9, 21), paragraphs=(PARAGRAPH.replace("a fifth more", "a quarter more"),)),
        broken_page(),
        page(NO_TOPIC, title="Lorem", paragraphs=(LOREM,)),
        support.leader_page(),
        support.press_review_page(),
    ]
    work_file = support.build_warehouse(
        settings, [*support.offers(*pages), offer(pages[0], "copy.txt"), refusal(".hidden")]
    )
    store = ParsedStore(settings.paths())
    with rules_database({name: store.table(name).collect() for name in PARSED}, "1GB", 1) as database:
        for name in PARSED:  # views become tables, which defects can change
            database.execute(f"create temp table copied as from parsed.{name}; drop view parsed.{name}")
            database.execute(f"create table parsed.{name} as from copied; drop table copied")
        database.execute(f"attach '{work_file}' as built (read_only)")
        for schema in SCHEMAS:
            database.execute(f"create schema {schema}")
        tables = database.execute(
            "select schema_name || '.' || table_name from duckdb_tables() where database_name = 'built'"
        ).fetchall()
        for (table,) in tables:
            database.execute(f"create table {table} as from built.{table}")
        database.execute("detach built")
        yield database


def verdicts(con):
    """The result of every rule by its id; one that cannot be evaluated is an error."""
    results = [result for suite in SUITES.values() for result in evaluate(con, suite)]
    assert [(result.rule_id, result.error) for result in results if result.error] == []
    return {result.rule_id: result for result in results}


def broken(results):
    return {rule_id for rule_id, result in results.items() if not result.success}


@contextlib.contextmanager
def seeded(con, rule_id):
    """The database with the fault of one rule; undone at the end."""
    con.execute("begin")
    try:
        for statement in duckdb.extract_statements(DEFECTS[rule_id].statements):
            (changed,) = con.execute(statement).fetchone()
            assert changed, f"the statement for {rule_id} changes nothing"
        yield con
    finally:
        con.execute("rollback")
