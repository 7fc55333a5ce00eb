"""Page text that would act if it were taken for more than text: in HTML, Markdown, SQL, CSV, a terminal, a template."""

from tests.support import block, page

CANARIES = {
    "script": "<script>alert('canary 1')</script>",
    "image": "<img src=x onerror=alert('canary 2')>",
    "link": "[canary 3](javascript:alert(1))",
    "picture": "![canary 4](http://canary.example/pixel.png)",
    "formula": '=HYPERLINK("http://canary.example","canary 5")',
    "command": "@SUM(1+1)*cmd|' /C calc'!canary6",
    "colours": "\x1b[31mcanary 7\x1b]0;canary\x07",
    "eight bits": "\x9b31mcanary 8",
    "direction": "\u202ecanary 9\u2066",
    "template": "{{ 7 * 7 }} {% raw %} canary 10 ${7*7}",
    "sql": "'; drop table core.fact_article; -- canary 11",
    "markup": "[bold red]canary 12[/bold red] :smile:",
    "heading": "# canary 13 **bold** `code` <b>bold</b>",
}
"""What each one would do, by name."""

RAW_SIGNS = ("<script", "<img", "\x1b", "\x9b", "\u202e", "\u2066", "<b>bold")
"""What must never stand in a page that a browser shows, or on a terminal."""


def write_pages(folder):
    """Write, for each canary, a page that loads and one in quarantine, both full of it, and a file that is no page.

    The names of the files are canaries as well.
    """
    folder.mkdir(parents=True)
    for name, canary in CANARIES.items():
        loaded = page(
            block(f"{canary} named", teaser=f"{canary} told"),
            title=f"{canary} titled",
            paragraphs=(f"{canary} written.", "A second paragraph."),
            source_label=f"{canary} source",
            dateline_place=None,
        )
        file_name = canary.replace("/", "\u2215")  # a name holds no slash
        (folder / f"{file_name} loaded.txt").write_bytes(loaded)
        (folder / f"{file_name} broken.txt").write_bytes(loaded.replace(b"Date: 18/09/2024", f"Date: {name}".encode()))
        (folder / f"{file_name} other.json").write_bytes(b"{}")
