"""Expected answers of the ready questions on the sample pages: `expected/<name>.yaml`.

A file says how its rows were checked, how many rows the answer has, and its first rows in some or all columns.
`python -m tests.sql_queries.answers [NAME ...]` writes them again with the same columns and at most as many rows. Read
the difference against the pages in `etl/sample_pages` before you keep it; rows that rest on topics may move when the
patterns in `etl/reference/topics.csv` do.
"""

import sys
import tempfile
from pathlib import Path

import yaml

from etl.fetch.origin import read_origin
from etl.settings import Settings, sample_pages
from etl.warehouse.queries import load_queries
from etl.warehouse.read import connect_published
from tests.support import publish_warehouse

FOLDER = Path(__file__).parent / "expected"


def read(name):
    """What a file expects."""
    return yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))


def answer(con, sql):
    """The rows of a query as dicts."""
    cursor = con.execute(sql)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def write(name, rows):
    """Write a file again: the checked columns of as many rows as before."""
    before = read(name)
    columns = list(before["rows"][0]) if before["rows"] else []
    kept = [{column: row[column] for column in columns} for row in rows[: len(before["rows"])]]
    content = {"checked": before["checked"], "row_count": len(rows), "rows": kept}
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=120)
    (FOLDER / f"{name}.yaml").write_text(text, encoding="utf-8")


def main(names):
    """Write the files of these questions again, or of all."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder) / "home")
        publish_warehouse(settings, read_origin(str(sample_pages()), settings))
        with connect_published(settings) as con:
            for query in load_queries().values():
                if not names or query.name in names:
                    write(query.name, answer(con, query.sql))


if __name__ == "__main__":
    main(sys.argv[1:])
