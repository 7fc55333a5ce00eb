"""The graph that Dagster shows: groups are layers, everything is described, and each rule is a check."""

import dagster as dg
import pytest
import yaml

from etl.definitions import build_definitions, defs
from etl.parse.schema import SCHEMAS
from etl.quality.suite import load_suites
from etl.settings import project_folder
from etl.stages import CLEAN_TABLES
from etl.warehouse import catalog
from tests.support import PROJECT

LAYERS = {"raw", "parsed", "clean", "core", "marts", "quality"}
RULES = {rule.rule_id: rule for suite in load_suites(project_folder("expectations")).values() for rule in suite.rules}


@pytest.fixture(scope="module")
def graph():
    return defs.resolve_asset_graph()


@pytest.fixture(scope="module")
def nodes(graph):
    """Every asset by its key."""
    return {"/".join(key.path): graph.get(key) for key in graph.get_all_asset_keys()}


def table_keys():
    tables = [f"parsed.{table}" for table in SCHEMAS] + [f"clean.{table}" for table in CLEAN_TABLES]
    return {table.replace(".", "/") for table in (*tables, *catalog.BUILD_ORDER, *catalog.RECORD_ORDER)}


def test_the_definitions_load_and_can_be_executed():
    dg.Definitions.validate_loadable(defs)


def test_there_is_an_asset_for_every_table_the_raw_pages_and_the_report(nodes):
    assert set(nodes) == table_keys() | {"raw/page", "quality/report"}


def test_groups_are_the_layers_and_every_asset_is_in_the_layer_of_its_name(nodes):
    assert {node.group_name for node in nodes.values()} == LAYERS
    assert {key: node.group_name for key, node in nodes.items()} == {key: key.split("/")[0] for key in nodes}


def test_every_asset_has_a_description_an_owner_and_kinds(nodes):
    incomplete = {
        key for key, node in nodes.items() if not (node.description or "").strip() or not node.owners or not node.kinds
    }

    assert incomplete == set()


def test_every_table_has_its_columns_and_those_of_the_warehouse_their_meaning(nodes):
    for key in table_keys() - {f"clean/{table}" for table in CLEAN_TABLES}:
        schema = nodes[key].metadata["dagster/column_schema"]
        columns = (schema.schema if hasattr(schema, "schema") else schema).columns
        assert columns, key
        if key.split("/")[0] in catalog.SCHEMAS:
            assert [column.name for column in columns if not column.description] == []


def test_a_description_of_a_table_is_its_comment(nodes):
    for table, described in catalog.dictionary().items():
        assert nodes[table.replace(".", "/")].description == described.comment


def test_an_asset_depends_on_what_its_sql_reads(nodes):
    for table in catalog.BUILD_ORDER:
        parents = {".".join(key.path) for key in nodes[table.replace(".", "/")].parent_keys}
        assert parents == set(catalog.sources(table)), table


def test_assets_that_one_step_makes_come_in_the_order_of_their_dependencies(nodes):
    # Dagster refuses, at run time, an asset that is yielded before one that it depends on.
    for order in (catalog.BUILD_ORDER, catalog.RECORD_ORDER):
        for place, table in enumerate(order):
            parents = {".".join(key.path) for key in nodes[table.replace(".", "/")].parent_keys}
            assert parents.isdisjoint(order[place:]), table


def test_every_asset_is_reached_from_the_raw_pages(nodes, graph):
    downstream = graph.get(dg.AssetKey(["raw", "page"])).child_keys
    seen = set()
    while downstream - seen:
        seen |= downstream
        downstream = {child for key in downstream for child in graph.get(key).child_keys}

    reference = {f"core/dim_{name}" for name in ("date", "place", "topic", "country", "newspaper")}
    unreached = set(nodes) - {"/".join(key.path) for key in seen}
    assert unreached == {"raw/page", *reference}


def test_there_is_one_check_per_rule_on_the_table_of_the_rule(graph):
    checks = {key.name: key.asset_key for key in graph.asset_check_keys}

    assert {name: ".".join(key.path) for name, key in checks.items()} == {
        rule_id: rule.table for rule_id, rule in RULES.items()
    }
    assert len(graph.asset_check_keys) == len(RULES)


def test_a_check_blocks_exactly_where_its_rule_does(graph):
    for key in graph.asset_check_keys:
        assert graph.get(key).blocking == RULES[key.name].blocking, key.name


def test_a_check_says_what_it_demands_and_why(graph):
    for key in graph.asset_check_keys:
        rule = RULES[key.name]
        assert graph.get(key).description == f"{rule.description} {rule.why}"


def test_nothing_is_markdown_in_the_definitions(nodes):
    for node in nodes.values():
        values = [dg.MetadataValue for value in node.metadata.values() if isinstance(value, dg.MarkdownMetadataValue)]
        assert values == []


def test_the_job_refresh_runs_everything(nodes):
    job = defs.resolve_job_def("refresh")

    assert {"/".join(key.path) for key in job.asset_layer.selected_asset_keys} == set(nodes)
    assert {key.name for key in job.asset_layer.asset_graph.asset_check_keys} == set(RULES)


def test_definitions_for_another_home_have_the_same_graph(settings, nodes):
    other = build_definitions(settings)

    assert {"/".join(key.path) for key in other.resolve_asset_graph().get_all_asset_keys()} == set(nodes)
    assert other.resources["warehouse"].home == str(settings.paths().root)


def test_the_workspace_loads_the_same_assets(nodes, monkeypatch):
    # As the web server does it, but without a process for the code location.
    from dagster._core.workspace.autodiscovery import loadable_targets_from_python_module
    from dagster._core.workspace.load import location_origins_from_yaml_paths

    monkeypatch.chdir(PROJECT)
    origins = location_origins_from_yaml_paths([str(PROJECT / "workspace.yaml")])
    (origin,) = origins.values() if isinstance(origins, dict) else origins
    target = origin.loadable_target_origin
    (loaded,) = loadable_targets_from_python_module(target.module_name, target.working_directory)

    assert origin.location_name == "kcna"
    keys = loaded.target_definition.resolve_asset_graph().get_all_asset_keys()
    assert {"/".join(key.path) for key in keys} == set(nodes)


def test_the_workspace_is_one_module_with_the_top_level_as_its_folder():
    workspace = yaml.safe_load((PROJECT / "workspace.yaml").read_text(encoding="utf-8"))

    assert workspace == {
        "load_from": [
            {"python_module": {"module_name": "etl.definitions", "location_name": "kcna", "working_directory": "."}}
        ]
    }


@pytest.mark.parametrize("package", ["parse", "prune", "quality", "warehouse", "fetch", "reference"])
def test_domain_code_imports_no_dagster(package):
    for path in (PROJECT / "etl" / package).rglob("*.py"):
        assert "dagster" not in path.read_text(encoding="utf-8").replace("Dagster", ""), path
