"""Exporting: files that hold the tables as they are, a descriptor that agrees with them, and a folder that is safe."""

import errno
import hashlib
import json
import os
import re
import shutil
import signal
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from etl.quality.references import Reference, references
from etl.quality.suite import load_suites
from etl.settings import project_folder
from etl.warehouse import catalog, export
from etl.warehouse.export import PAGE_TEXT_COLUMNS, ExportError, export_warehouse
from etl.warehouse.formula import FORMULA_SIGNS, guarded
from tests import support
from tests.support import opened, python_process, run_python

VERSION = "kcna-20260302T120000Z-0123456789ab"

SMALL = """
    create table core.fact_article (article_id varchar not null, title varchar not null, body varchar not null);
    insert into core.fact_article values ('a', 'Title', 'Text of the page.'), ('b', 'Other title', 'Other text.');
"""

REFERENCES = {
    ("core.fact_article", "source_id", "core.dim_source", "source_id"),
    ("core.fact_article", "published_date", "core.dim_date", "date"),
    ("core.fact_article_version", "article_id", "core.fact_article", "article_id"),
    ("core.fact_page", "source_id", "core.dim_source", "source_id"),
    ("core.fact_page", "article_id", "core.fact_article", "article_id"),
    ("core.fact_page", "article_version_id", "core.fact_article_version", "article_version_id"),
    ("core.fact_sidebar_appearance", "page_sha256", "core.fact_page", "page_sha256"),
    ("core.fact_sidebar_appearance", "sidebar_entry_id", "core.fact_sidebar_entry", "sidebar_entry_id"),
    ("core.fact_sidebar_entry", "source_id", "core.dim_source", "source_id"),
    ("core.fact_sidebar_entry", "shown_date", "core.dim_date", "date"),
    ("core.fact_sidebar_entry", "article_id", "core.fact_article", "article_id"),
    ("quality.dropped", "page_sha256", "core.fact_page", "page_sha256"),
    ("quality.origin_file", "page_sha256", "quality.page_outcome", "page_sha256"),
}
"""Child, column, parent, column; others may come."""


def publish_tables(settings, statements, version=VERSION):
    """Publish a warehouse of tables made to order."""
    home = settings.paths()
    home.versions.mkdir(parents=True, exist_ok=True)
    path = home.versions / f"{version}.duckdb"
    with duckdb.connect(str(path)) as con:
        catalog.create_schemas(con)
        con.execute(statements)
    home.warehouse.unlink(missing_ok=True)
    home.warehouse.symlink_to(f"versions/{path.name}")
    return settings


@pytest.fixture
def small(settings):
    """Settings of a home with one small table."""
    return publish_tables(settings, SMALL)


def write(settings, folder, style="parquet", tables=(), with_text=False):
    return export_warehouse(settings, folder, style, tables, with_text)


def content(folder):
    """The bytes of every file in a folder, by name."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def descriptor_of(folder):
    return json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))


def csv_rows(path):
    """The rows of a CSV as texts, null and empty text apart."""
    with duckdb.connect() as con:
        return con.execute(
            "select * from read_csv($path, all_varchar = true, header = true, allow_quoted_nulls = false, "
            "delim = ',', quote = '\"', escape = '\"', new_line = '\\r\\n', max_line_size = 10_000_000)",
            {"path": str(path)},
        ).fetchall()


@pytest.fixture(scope="module", params=["parquet", "csv"])
def style(request):
    return request.param


@pytest.fixture(scope="module")
def exported(published, style, tmp_path_factory):
    """A folder with the sample pages' warehouse as any user gets it."""
    folder = tmp_path_factory.mktemp("exported") / style
    write(published, folder, style)
    return folder


@pytest.fixture(scope="module")
def tables(published):
    """The tables of the sample pages' warehouse."""
    with opened(published.paths().warehouse) as con:
        return catalog.read_dictionary(con)


# The rows -------------------------------------------------------------------------------------------


def test_parquet_files_hold_the_tables_as_they_are(published, tables, tmp_path):
    write(published, tmp_path / "out", with_text=True)

    with opened(published.paths().warehouse) as con:
        for table in tables:
            copy = con.read_parquet(str(tmp_path / "out" / f"{table}.parquet"))
            original = con.table(table)
            assert (copy.columns, copy.types) == (original.columns, original.types), table
            assert copy.fetchall() == original.fetchall(), table
    assert len(content(tmp_path / "out")) == len(tables) + 1


def as_text(value):
    """What a CSV has for a value, written without DuckDB."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | dict):
        return value
    if value is None or isinstance(value, str):
        return value and guarded(value)
    return json.dumps(value)


def test_csv_files_hold_the_tables_as_text(published, tables, tmp_path):
    write(published, tmp_path / "out", "csv", with_text=True)

    with opened(published.paths().warehouse) as con:
        for table in tables:
            original = [tuple(map(as_text, row)) for row in con.table(table).fetchall()]
            copy = csv_rows(tmp_path / "out" / f"{table}.csv")
            assert len(copy) == len(original), table
            for expected, row in zip(original, copy, strict=True):
                parsed = [
                    json.loads(cell) if isinstance(wanted, list | dict) else cell
                    for wanted, cell in zip(expected, row, strict=True)
                ]
                assert tuple(parsed) == expected, table


def test_every_type_has_its_form_in_csv(settings, tmp_path):
    publish_tables(
        settings,
        """
        create table core.thing (
            word varchar, whole integer, long bigint, real double, yes boolean, day date,
            "time" timestamp with time zone, list varchar[], pairs struct(old varchar, new varchar)[],
            counts struct(a integer, b integer)
        );
        insert into core.thing values
            ('한글, "quoted"', -1, 9007199254740993, -0.1, true, date '2024-09-18',
             timestamptz '2024-09-18 09:00:00.5+09', ['=x', null], [{'old': '', 'new': 'a"b'}], {'a': 1, 'b': null}),
            ('', 0, 0, 1e300, false, date '0001-01-01', timestamptz '1946-01-01 00:00:00+00', [], [],
             {'a': -1, 'b': 2}),
            (null, null, null, null, null, null, null, null, null, null),
            (e'two\\nlines', 1, 1, 'nan', true, date '2050-12-31', null, null, null, null);
        """,
    )

    write(settings, tmp_path / "out", "csv")

    assert (tmp_path / "out" / "core.thing.csv").read_bytes().decode() == (
        "word,whole,long,real,yes,day,time,list,pairs,counts\r\n"
        '"한글, ""quoted""",-1,9007199254740993,-0.1,true,2024-09-18,2024-09-18T00:00:00.500000Z,'
        '"[""=x"",null]","[{""old"":"""",""new"":""a\\""b""}]","{""a"":1,""b"":null}"\r\n'
        '"",0,0,1e+300,false,0001-01-01,1946-01-01T00:00:00.000000Z,[],[],"{""a"":-1,""b"":2}"\r\n'
        ",,,,,,,,,\r\n"
        '"two\nlines",1,1,nan,true,2050-12-31,,,,\r\n'
    )


FORMULAS = ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\tx", " =1", "\n=1", "\u00a0=1", "＝1", "＋1", "－1", "＠x"]


@pytest.mark.parametrize("text", FORMULAS, ids=ascii)
def test_a_csv_cell_that_would_be_a_formula_gets_an_apostrophe(text, settings, tmp_path):
    quoted = text.replace("'", "''")
    publish_tables(
        settings,
        f"create table core.thing (id varchar, title varchar); insert into core.thing values ('1', '{quoted}')",
    )

    write(settings, tmp_path / "out", "csv")

    assert csv_rows(tmp_path / "out" / "core.thing.csv") == [("1", f"'{text}")]


def test_json_cells_and_headers_are_guarded_too(settings, tmp_path):
    publish_tables(
        settings,
        "create table core.thing (\"=id\" varchar, data json); insert into core.thing values ('1', '-1')",
    )

    write(settings, tmp_path / "out", "csv")

    assert (tmp_path / "out" / "core.thing.csv").read_bytes() == b"'=id,data\r\n1,'-1\r\n"


def test_no_cell_of_pages_with_formulas_stands_as_one(settings, tmp_path):
    pages = [
        support.page(support.block(f"{sign}2 named"), title=f"{sign}1 titled", paragraphs=(f"{sign}1+1 written.",))
        for sign in FORMULA_SIGNS
    ]
    support.publish_warehouse(settings, support.offers(*pages))

    write(settings, tmp_path / "out", "csv", with_text=True)

    cells = [
        cell
        for name in ("core.fact_article", "core.fact_article_version", "core.fact_sidebar_entry")
        for row in csv_rows(tmp_path / "out" / f"{name}.csv")
        for cell in row
        if cell
    ]
    assert len([cell for cell in cells if cell.startswith(("'=", "'+", "'@", "'＝", "'－"))]) >= 10
    assert [cell for cell in cells if cell.lstrip().startswith(FORMULA_SIGNS)] == []


def test_parquet_texts_are_left_as_they_are(settings, tmp_path):
    publish_tables(settings, "create table core.thing as select '=1+1' as title, '' as empty, null::varchar as nothing")

    write(settings, tmp_path / "out")

    (row,) = pq.read_table(tmp_path / "out" / "core.thing.parquet").to_pylist()
    assert row == {"title": "=1+1", "empty": "", "nothing": None}


def test_parquet_is_compressed_with_zstd_and_names_no_time_zone_of_the_machine(published, tmp_path):
    write(published, tmp_path / "out", tables=["core.fact_page"])

    file = pq.ParquetFile(tmp_path / "out" / "core.fact_page.parquet")
    assert file.metadata.row_group(0).column(0).compression == "ZSTD"
    assert str(file.schema_arrow.field("first_fetched_at").type) == "timestamp[us, tz=UTC]"


def test_a_long_table_is_written_in_parts_of_bounded_size(settings, tmp_path, monkeypatch):
    publish_tables(settings, "create table core.thing as select range as id, 'x' || range as word from range(20_000)")
    monkeypatch.setattr(export, "GROUP_BYTES", 100_000)

    (record,) = write(settings, tmp_path / "out").records

    file = pq.ParquetFile(tmp_path / "out" / "core.thing.parquet")
    assert file.num_row_groups > 2
    assert record.row_count == file.metadata.num_rows == 20_000
    assert file.read()["id"].to_pylist() == list(range(20_000))


def test_a_table_without_rows_keeps_its_columns(settings, tmp_path, style):
    publish_tables(settings, "create table core.thing (id varchar, day date)")

    (record,) = write(settings, tmp_path / "out", style).records

    assert record.row_count == 0
    path = tmp_path / "out" / record.name
    names = path.read_text().strip().split(",") if style == "csv" else pq.read_schema(path).names
    assert names == ["id", "day"]


def test_the_same_version_gives_the_same_bytes_on_any_machine(published, exported, style, tmp_path):
    write(published.model_copy(update={"threads": 1}), tmp_path / "again", style)
    code = """
import sys
from pathlib import Path
from etl.settings import Settings
from etl.warehouse.export import export_warehouse
export_warehouse(Settings(home=Path(sys.argv[1])), Path(sys.argv[2]), sys.argv[3], (), False)
"""
    elsewhere = run_python(
        code,
        published.home,
        tmp_path / "elsewhere",
        style,
        cwd=support.PROJECT,
        env=os.environ | {"TZ": "Asia/Pyongyang", "LC_ALL": "C", "PYTHONHASHSEED": "7"},
    )

    assert elsewhere.returncode == 0, elsewhere.stderr
    assert content(tmp_path / "again") == content(exported)
    assert content(tmp_path / "elsewhere") == content(exported)


# What is left out -----------------------------------------------------------------------------------


def columns_in(folder):
    return {
        resource["name"]: [field["name"] for field in resource["schema"]["fields"]]
        for resource in descriptor_of(folder)["resources"]
    }


def test_text_of_pages_is_left_out_unless_asked_for(published, exported, style, tables, tmp_path):
    result = write(published, tmp_path / "full", style, with_text=True)
    holders = {
        table: [column.name for column in described.columns if column.name in PAGE_TEXT_COLUMNS]
        for table, described in tables.items()
    }

    assert {"core.fact_article", "core.fact_article_version", "core.fact_sidebar_entry", "marts.revision"} <= {
        table for table, columns in holders.items() if columns
    }
    for resource in descriptor_of(exported)["resources"]:
        assert resource["columnsLeftOut"] == holders[resource["name"]]
    assert result.left_out == ()
    assert [r["columnsLeftOut"] for r in descriptor_of(tmp_path / "full")["resources"] if r["columnsLeftOut"]] == []
    assert columns_in(tmp_path / "full") == {
        table: [column.name for column in described.columns] for table, described in tables.items()
    }
    assert "left out (body, teaser, " in descriptor_of(exported)["description"]
    assert "left out" not in descriptor_of(tmp_path / "full")["description"]


def test_no_other_column_holds_text_of_a_page_at_length(published, tmp_path):
    # A table that is added later and copies sentences under another name is noticed here.
    write(published, tmp_path / "out", "csv")
    write(published, tmp_path / "full", "csv", with_text=True)
    with opened(published.paths().warehouse) as con:
        bodies = "\n".join(body for (body,) in con.execute("select body from core.fact_article_version").fetchall())
    sentences = [found for found in re.findall(r"[^.\n]{60,}\.", bodies) if '"' not in found]
    kept, full = (
        b"".join(data for name, data in content(tmp_path / folder).items() if name.endswith(".csv")).decode()
        for folder in ("out", "full")
    )

    assert len(sentences) > 50
    assert [sentence for sentence in sentences if sentence not in full] == []
    assert [sentence for sentence in sentences if sentence in kept] == []


def test_a_table_that_comes_later_is_covered_by_the_names_of_its_columns(settings, tmp_path):
    publish_tables(settings, "create table marts.later (id varchar, text varchar, body varchar, title varchar)")

    result = write(settings, tmp_path / "out")

    assert columns_in(tmp_path / "out") == {"marts.later": ["id", "title"]}
    assert result.left_out == ("body", "text")


def test_only_the_named_tables_are_written(published, tmp_path, style):
    named = ["marts.daily_volume", "core.dim_source", "core.dim_source"]

    result = write(published, tmp_path / "out", style, named)

    assert [record.kind for record in result.records] == ["core.dim_source", "marts.daily_volume"]
    files = {f"core.dim_source.{style}", f"marts.daily_volume.{style}", "datapackage.json"}
    assert set(content(tmp_path / "out")) == files


@pytest.mark.parametrize("name", ["core.nothing", "fact_article", "", "main.core", "core.fact_article; drop table x"])
def test_an_unknown_table_is_named_with_those_that_there_are(name, small, tmp_path):
    with pytest.raises(ExportError) as raised:
        write(small, tmp_path / "out", tables=["core.fact_article", name])

    assert str(raised.value) == f"there is no table {name!r}; there are core.fact_article"
    assert list(tmp_path.glob("out")) == []


# The descriptor -------------------------------------------------------------------------------------


def test_the_descriptor_agrees_with_the_files(exported, style):
    resources = descriptor_of(exported)["resources"]

    assert {resource["path"] for resource in resources} | {"datapackage.json"} == set(content(exported))
    for resource in resources:
        data = (exported / resource["path"]).read_bytes()
        fields = [field["name"] for field in resource["schema"]["fields"]]
        assert resource["path"] == f"{resource['name']}.{style}"
        assert resource["bytes"] == len(data)
        assert resource["hash"] == f"sha256:{hashlib.sha256(data).hexdigest()}"
        if style == "parquet":
            file = pq.ParquetFile(exported / resource["path"])
            assert (file.schema_arrow.names, file.metadata.num_rows) == (fields, resource["rows"])
        else:
            assert data.split(b"\r\n")[0].decode() == ",".join(fields)
            assert len(csv_rows(exported / resource["path"])) == resource["rows"]


def test_the_descriptor_says_what_the_warehouse_says(exported, tables):
    resources = {resource["name"]: resource for resource in descriptor_of(exported)["resources"]}

    assert list(resources) == list(tables)
    for table, described in tables.items():
        assert resources[table]["description"] == described.comment
        comments = {field["name"]: field["description"] for field in resources[table]["schema"]["fields"]}
        assert comments.items() <= {column.name: column.comment for column in described.columns}.items()


TABLE_SCHEMA_TYPES = {"string", "number", "integer", "boolean", "object", "array", "datetime", "date"}


def test_every_column_of_the_warehouse_has_a_type_that_readers_know(exported):
    found = {
        (field["name"], field["type"])
        for resource in descriptor_of(exported)["resources"]
        for field in resource["schema"]["fields"]
    }

    assert {kind for _, kind in found} == TABLE_SCHEMA_TYPES
    assert {
        ("line_roles", "object"),
        ("origins", "array"),
        ("started_at", "datetime"),
        ("similarity", "number"),
    } <= found


def test_the_descriptor_follows_the_rules_of_data_package_2(exported, style):
    # The rules of https://datapackage.org/profiles/2.0/datapackage.json that an export can break.
    descriptor = descriptor_of(exported)
    assert descriptor["$schema"] == "https://datapackage.org/profiles/2.0/datapackage.json"
    assert datetime.fromisoformat(descriptor["created"]).tzinfo is not None
    for entry in (*descriptor["licenses"], *descriptor["sources"]):
        assert entry["path"].startswith("https://")
        assert entry["title"]
    for licence in descriptor["licenses"]:
        assert re.fullmatch(r"[-a-zA-Z0-9._]+", licence["name"])
    names = [resource["name"] for resource in descriptor["resources"]]
    assert names
    assert len(set(names)) == len(names)
    for resource in descriptor["resources"]:
        assert re.fullmatch(r"[a-z0-9._-]+", resource["name"])
        assert re.fullmatch(r"[a-z0-9_][a-z0-9._]*", resource["path"])
        assert re.fullmatch(r"[^:]+:[a-f0-9]{64}", resource["hash"])
        assert resource["type"] == "table"
        assert (resource["format"], resource.get("encoding")) == (style, "utf-8" if style == "csv" else None)
        assert resource["mediatype"] == {"csv": "text/csv", "parquet": "application/vnd.apache.parquet"}[style]
        schema = resource["schema"]
        fields = [field["name"] for field in schema["fields"]]
        assert fields
        assert len(set(fields)) == len(fields)
        assert schema["missingValues"] == ([""] if style == "csv" else [])
        assert set(schema.get("primaryKey", fields)) <= set(fields)
        for key in schema.get("foreignKeys", []):
            assert set(key["fields"]) <= set(fields)
            assert len(key["fields"]) == len(key["reference"]["fields"])
            assert key["reference"].get("resource") != resource["name"]


def test_every_table_with_a_suite_has_the_primary_key_of_the_suite(exported):
    keys = {suite.table: list(suite.key) for suite in load_suites(project_folder("expectations")).values()}
    written = {r["name"]: r["schema"].get("primaryKey") for r in descriptor_of(exported)["resources"]}

    assert written == {table: keys.get(table) for table in written}
    assert {table for table, key in written.items() if key is None} == set(catalog.RECORD_ORDER)


def test_a_key_of_which_a_column_is_missing_is_no_key(settings, tmp_path):
    publish_tables(settings, "create table core.fact_article (title varchar, source_id varchar)")

    write(settings, tmp_path / "out")

    (resource,) = descriptor_of(tmp_path / "out")["resources"]
    assert "primaryKey" not in resource["schema"]


def references_in(folder):
    return {
        (
            resource["name"],
            *key["fields"],
            key["reference"].get("resource", resource["name"]),
            *key["reference"]["fields"],
        )
        for resource in descriptor_of(folder)["resources"]
        for key in resource["schema"].get("foreignKeys", [])
    }


def test_references_between_tables_are_found_and_hold(published, exported):
    found = references_in(exported)
    keys = {r["name"]: r["schema"].get("primaryKey") for r in descriptor_of(exported)["resources"]}

    assert found >= REFERENCES
    with opened(published.paths().warehouse) as con:
        for child, column, parent, parent_column in found:
            assert keys[parent] == [parent_column]
            lost = con.execute(
                f'select count(*) from {child} as c anti join {parent} as p on c."{column}" = p."{parent_column}" '
                f'where c."{column}" is not null'
            ).fetchone()
            assert lost == (0,), (child, column)


def test_a_reference_to_a_table_that_is_not_exported_is_left_out(published, tmp_path):
    write(published, tmp_path / "out", tables=["core.fact_article", "core.dim_source"])

    assert references_in(tmp_path / "out") == {("core.fact_article", "source_id", "core.dim_source", "source_id")}


def test_a_rule_about_some_rows_only_is_no_reference(tmp_path):
    suite = json.loads((project_folder("expectations") / "core_fact_article.json").read_text())
    rule = suite["expectations"][2]
    query = "select child.article_id from {batch} as child anti join core.dim_source as parent on child.a = parent.b"
    for place, where in enumerate(["child.a is not null", "child.kind = 'x'", "child.b is not null"]):
        meta = rule["meta"] | {"rule_id": f"rule_{place}_exists"}
        kwargs = {"unexpected_rows_query": f"{query} where {where}"}
        suite["expectations"].append(rule | {"meta": meta, "kwargs": kwargs})
    suite["expectations"] = suite["expectations"][-3:]
    (tmp_path / "core_fact_article.json").write_text(json.dumps(suite))

    found = [one for one in references(load_suites(tmp_path)["core_fact_article"]) if one.is_unconditional]

    assert found == [Reference((("a", "b"),), "core.dim_source")]


def test_a_reference_of_a_table_to_itself_names_no_table(settings, tmp_path, monkeypatch):
    publish_tables(settings, SMALL)
    monkeypatch.setattr(
        export, "references", lambda suite: [Reference((("title", "article_id"),), "core.fact_article")]
    )

    write(settings, tmp_path / "out")

    (resource,) = descriptor_of(tmp_path / "out")["resources"]
    assert resource["schema"]["foreignKeys"] == [{"fields": ["title"], "reference": {"fields": ["article_id"]}}]


def test_the_descriptor_says_which_version_it_is_and_whose_texts_they_are(small, tmp_path, style):
    result = write(small, tmp_path / "out", style)

    descriptor = descriptor_of(tmp_path / "out")
    assert result.version == descriptor["version"] == VERSION
    assert (descriptor["created"], descriptor["buildDigest"]) == ("2026-03-02T12:00:00Z", "0123456789ab")
    assert {licence["name"] for licence in descriptor["licenses"]} == {"MIT", "CC0-1.0", "CC-BY-4.0"}
    assert "belong to the publishers" in descriptor["description"]
    assert ("apostrophe" in descriptor["description"]) == (style == "csv")


def test_the_attribution_is_the_one_that_the_reference_data_ask_for(exported):
    asked = Path(export.__file__).parent.parent / "reference" / "README.md"
    (sentence,) = re.findall(r"^Attribution to show with any map or export: (.*?)\n\n", asked.read_text(), re.M | re.S)

    assert " ".join(sentence.split()) in descriptor_of(exported)["description"]


# The folder -----------------------------------------------------------------------------------------


def hidden(folder):
    """What an export left beside its folder."""
    return [path.name for path in folder.iterdir() if path.name.startswith(".")]


def test_a_folder_is_made_with_its_parents(small, tmp_path):
    write(small, tmp_path / "a" / "b" / "out")

    assert set(content(tmp_path / "a" / "b" / "out")) == {"core.fact_article.parquet", "datapackage.json"}


def test_an_empty_folder_and_an_earlier_export_are_replaced(small, tmp_path):
    (tmp_path / "out").mkdir()
    write(small, tmp_path / "out")
    write(small, tmp_path / "out", "csv")

    assert set(content(tmp_path / "out")) == {"core.fact_article.csv", "datapackage.json"}
    assert hidden(tmp_path) == []


def add_notes(folder):
    (folder / "notes.txt").write_text("mine")


def swap_in_a_folder(folder):
    (folder / "core.fact_article.parquet").unlink()
    (folder / "core.fact_article.parquet").mkdir()
    (folder / "core.fact_article.parquet" / "mine.txt").write_text("mine")


def rename_the_package(folder):
    (folder / "datapackage.json").write_text(json.dumps(descriptor_of(folder) | {"name": "another"}))


def break_the_descriptor(folder):
    (folder / "datapackage.json").write_text("{")


def make_the_descriptor_a_list(folder):
    (folder / "datapackage.json").write_text('["kcna-warehouse"]')


def remove_the_descriptor(folder):
    (folder / "datapackage.json").unlink()


@pytest.mark.parametrize(
    "change",
    [
        add_notes,
        swap_in_a_folder,
        rename_the_package,
        break_the_descriptor,
        make_the_descriptor_a_list,
        remove_the_descriptor,
    ],
)
def test_a_folder_with_anything_else_is_refused_and_stays_as_it_is(change, small, tmp_path):
    folder = tmp_path / "out"
    write(small, folder)
    change(folder)
    before = {path: path.is_file() and path.read_bytes() for path in folder.rglob("*")}

    with pytest.raises(ExportError, match="is no file of an earlier export; name a new folder or an empty one"):
        write(small, folder)

    assert {path: path.is_file() and path.read_bytes() for path in folder.rglob("*")} == before
    assert hidden(tmp_path) == []


def test_a_file_that_somebody_adds_meanwhile_is_not_lost(small, tmp_path, monkeypatch):
    folder = tmp_path / "out"
    write(small, folder)
    real = export._write_table

    def write_table(*arguments):
        add_notes(folder)
        return real(*arguments)

    monkeypatch.setattr(export, "_write_table", write_table)
    with pytest.raises(ExportError, match=r"notes\.txt"):
        write(small, folder)

    assert (folder / "notes.txt").read_text() == "mine"
    assert hidden(tmp_path) == []


def test_a_failed_export_leaves_the_earlier_one_and_nothing_else(small, tmp_path, monkeypatch):
    write(small, tmp_path / "out")
    before = content(tmp_path / "out")

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(export.files, "flush_file", full)
    with pytest.raises(ExportError, match="out: the export cannot be written: No space left on device"):
        write(small, tmp_path / "out", "csv")

    assert content(tmp_path / "out") == before
    assert hidden(tmp_path) == []


def test_a_warehouse_with_damaged_rows_is_not_taken_for_a_full_disk(settings, tmp_path, style):
    # Long enough for the damage to be met after the first rows were written.
    publish_tables(settings, "create table core.thing as select sha256(range::varchar) as id from range(400_000)")
    version = settings.paths().warehouse.resolve()
    data = bytearray(version.read_bytes())
    place = len(data) * 3 // 4
    data[place : place + 300_000] = bytes(300_000)
    version.write_bytes(data)

    with pytest.raises(duckdb.IOException, match="Corrupt database file"):
        write(settings, tmp_path / "out", style)

    assert [path.name for path in tmp_path.iterdir()] == ["home"]


KILLED = """
import sys
from pathlib import Path
from etl.settings import Settings
from etl.warehouse import export
real = export._write_table
def write_table(*arguments):
    real(*arguments)
    print("written", flush=True)
    sys.stdin.readline()
export._write_table = write_table
export.export_warehouse(Settings(home=Path(sys.argv[1])), Path(sys.argv[2]), "parquet", (), False)
"""


def test_a_killed_export_leaves_no_half_export_and_the_next_one_cleans_up(small, tmp_path):
    folder = tmp_path / "out"
    write(small, folder)
    before = content(folder)
    with python_process(KILLED, small.home, folder) as process:
        assert process.first_line == "written"
        with pytest.raises(ExportError, match="another export is writing to the same folder"):
            write(small, folder)
        process.kill(signal.SIGKILL)

    assert content(folder) == before
    assert hidden(tmp_path) == [".out.draft.partial"]
    assert content(tmp_path / ".out.draft.partial")

    write(small, folder, "csv")

    assert set(content(folder)) == {"core.fact_article.csv", "datapackage.json"}
    assert hidden(tmp_path) == []


def test_an_old_export_that_a_kill_left_aside_is_removed(small, tmp_path):
    write(small, tmp_path / "out")
    shutil.copytree(tmp_path / "out", tmp_path / ".out.old.partial")

    write(small, tmp_path / "out")

    assert hidden(tmp_path) == []


def test_a_folder_reached_by_a_link_is_replaced_and_the_link_stays(small, tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")

    result = write(small, tmp_path / "link")

    assert (tmp_path / "link").is_symlink()
    assert result.folder == tmp_path / "real"
    assert "datapackage.json" in content(tmp_path / "real")


def test_a_link_planted_in_place_of_the_draft_is_not_followed(small, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "file").write_text("mine")
    (tmp_path / ".out.draft.partial").symlink_to("elsewhere")

    with pytest.raises(ExportError, match="cannot be written"):
        write(small, tmp_path / "out")

    assert content(tmp_path / "elsewhere") == {"file": b"mine"}


def test_the_folder_one_stands_in_is_not_pulled_away(small, tmp_path, monkeypatch):
    (tmp_path / "out").mkdir()
    monkeypatch.chdir(tmp_path / "out")

    with pytest.raises(ExportError, match="you are in this folder"):
        write(small, Path())

    assert Path.cwd() == tmp_path / "out"


def test_a_mounted_folder_is_refused_before_anything_is_written(small):
    with pytest.raises(ExportError, match="or it is mounted; name a folder inside it"):
        write(small, Path("/"))


@pytest.mark.parametrize("folder", ["file", "file/below", "x" * 300])
def test_a_folder_that_cannot_be_written_is_one_message(folder, small, tmp_path):
    (tmp_path / "file").write_text("mine")

    with pytest.raises(ExportError, match="the export cannot be written"):
        write(small, tmp_path / folder)

    assert (tmp_path / "file").read_text() == "mine"
    assert hidden(tmp_path) == []


def test_a_version_published_meanwhile_changes_nothing(small, tmp_path, monkeypatch):
    real = export._write_table

    def write_table(*arguments):
        publish_tables(small, SMALL.replace("Title", "Newer"), "kcna-20260303T120000Z-ffffffffffff")
        return real(*arguments)

    monkeypatch.setattr(export, "_write_table", write_table)
    result = write(small, tmp_path / "out", "csv")

    assert result.version == VERSION
    assert csv_rows(tmp_path / "out" / "core.fact_article.csv") == [("a", "Title"), ("b", "Other title")]
