"""The same pages give the same tables, however they are stored."""

import functools
import gzip
import io
import json
import lzma
import tarfile
import threading
import zipfile
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from etl.fetch.origin import read_origin
from etl.settings import Settings, sample_pages
from tests import support

SAMPLES = {path.name: path.read_bytes() for path in sorted(sample_pages().glob("[0-9]*.txt"))}


def tar():
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        archive.add(sample_pages(), "pages")
    return packed.getvalue()


def write_zip(folder):
    with zipfile.ZipFile(folder / "pages.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in SAMPLES.items():
            archive.writestr(name, content)
    return folder / "pages.zip"


def write_tar(pack, ending):
    def write(folder):
        path = folder / f"pages.tar.{ending}"
        path.write_bytes(pack(tar()))
        return path

    return write


def write_parquet(folder):
    pq.write_table(pa.table({"raw": list(SAMPLES.values())}), folder / "pages.parquet")
    return folder / "pages.parquet"


def write_lines(folder):
    path = folder / "pages.jsonl"
    with path.open("w") as lines:
        for content in SAMPLES.values():
            try:
                lines.write(json.dumps({"text": content.decode()}) + "\n")
            except UnicodeDecodeError:  # JSON holds no such bytes; they stand beside the lines
                (folder / f"{len(list(folder.iterdir()))}.txt").write_bytes(content)
    return folder


def write_warc(folder):
    path = folder / "pages.warc.gz"
    with path.open("wb") as output:
        writer = WARCWriter(output, gzip=True)
        for number, content in enumerate(SAMPLES.values()):
            answer = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
            writer.write_record(
                writer.create_warc_record(
                    f"https://x/{number}", "response", payload=io.BytesIO(content), http_headers=answer
                )
            )
    return path


def write_memory(folder):
    system = fsspec.filesystem("memory")
    system.store.clear()
    system.pipe({f"/pages/{name}": content for name, content in SAMPLES.items()})
    return "memory://pages"


KINDS = {
    "zip": write_zip,
    "tar.gz": write_tar(gzip.compress, "gz"),
    "tar.zst": write_tar(zstandard.ZstdCompressor().compress, "zst"),
    "tar.xz": write_tar(lzma.compress, "xz"),
    "jsonl": write_lines,
    "parquet": write_parquet,
    "warc": write_warc,
    "memory": write_memory,
}


def tables_of(work_file):
    """The fingerprints of what analysts read; the tables of files and runs differ on purpose."""
    return {
        table: digest for table, digest in support.fingerprint(work_file).items() if table.startswith(("core.", "mart"))
    }


@pytest.fixture(scope="module")
def from_folder(tmp_path_factory):
    settings = Settings(home=tmp_path_factory.mktemp("folder"))
    return tables_of(support.build_warehouse(settings, read_origin(str(sample_pages()), settings)))


@pytest.fixture
def s3(monkeypatch):
    """A local S3 server with the sample pages; its address and keys stand in the environment only."""
    boto3 = pytest.importorskip("boto3")
    pytest.importorskip("s3fs")
    server = pytest.importorskip("moto.server").ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    client = boto3.client("s3")
    client.create_bucket(Bucket="pages")
    for name, content in SAMPLES.items():
        client.put_object(Bucket="pages", Key=f"saved/{name}", Body=content)
    yield client
    client.close()
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    server.stop()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # warcio's writer leaves files open
@pytest.mark.parametrize("kind", KINDS)
def test_the_sample_pages_give_the_same_tables_from_every_origin(kind, from_folder, settings, tmp_path):
    (tmp_path / "origin").mkdir()
    origin = KINDS[kind](tmp_path / "origin")

    assert tables_of(support.build_warehouse(settings, read_origin(str(origin), settings))) == from_folder


@pytest.mark.filterwarnings("ignore")  # of the server's libraries
def test_the_sample_pages_give_the_same_tables_from_s3(s3, from_folder, settings):
    assert tables_of(support.build_warehouse(settings, read_origin("s3://pages/saved", settings))) == from_folder


@pytest.mark.filterwarnings("ignore")  # of the server's libraries
def test_files_of_s3_that_are_listed_but_gone_are_unreadable(s3, settings, monkeypatch, tmp_path):
    s3.put_object(Bucket="pages", Key="few/a.txt", Body=b"a page")
    s3.upload_file(str(write_zip(tmp_path)), "pages", "few/b.zip")
    s3.put_object(Bucket="pages", Key="few/gone.txt", Body=b"a page")
    offers = read_origin("s3://pages/few", settings)
    system = fsspec.get_filesystem_class("s3")
    find = system.find

    def find_and_lose(self, *arguments, **options):
        found = find(self, *arguments, **options)
        s3.delete_object(Bucket="pages", Key="few/gone.txt")
        return found

    monkeypatch.setattr(system, "find", find_and_lose)

    found = list(offers)

    assert (found[0].url, found[0].content) == ("s3://pages/few/a.txt", b"a page")
    assert [offer.content for offer in found[1:-1]] == list(SAMPLES.values())
    assert (found[-1].name, found[-1].outcome, found[-1].reason) == ("gone.txt", "unreadable", "read_error")


def test_web_addresses_and_lists_of_them_are_read_by_their_own_module(settings, tmp_path, monkeypatch):
    from etl.fetch import web

    monkeypatch.setattr(web, "read_web", lambda origin, given: iter([("web", origin, given is settings)]))
    monkeypatch.setattr(web, "read_list", lambda path, given: iter([("list", path, given is settings)]))
    (tmp_path / "mine.URLS").write_text("https://x/1\n")

    assert list(read_origin("HTTPS://x/a?column=b", settings)) == [("web", "HTTPS://x/a?column=b", True)]
    assert list(read_origin(str(tmp_path / "mine.URLS"), settings)) == [("list", tmp_path / "mine.URLS", True)]


def test_a_path_may_be_written_as_an_address(settings, tmp_path):
    (tmp_path / "a page.txt").write_bytes(b"page")

    (found,) = read_origin(f"file://{tmp_path}/a%20page.txt", settings)

    assert found.content == b"page"


@pytest.fixture
def site(tmp_path):
    """The sample pages on a web server of this machine, and a list of their addresses."""
    handler = functools.partial(QuietHandler, directory=str(sample_pages()))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    host = f"127.0.0.1:{server.server_address[1]}"
    listed = tmp_path / "pages.urls"
    listed.write_text("".join(f"http://{host}/{name}\n" for name in SAMPLES))
    yield host, listed
    server.shutdown()
    server.server_close()


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        """Say nothing."""


def test_the_sample_pages_give_the_same_tables_from_the_web(site, from_folder, tmp_path):
    host, listed = site
    settings = Settings(
        home=tmp_path / "home",
        http_allow=[host],
        http_contact="tests@example.org",
        http_delay_seconds=0,
        max_page_bytes=2**21,
    )

    work_file = support.build_warehouse(settings, read_origin(str(listed), settings))

    assert tables_of(work_file) == from_folder
    assert support.rows(
        work_file,
        "select count(*), count(address), count(retrieved_at) from quality.origin_file where outcome = 'page'",
    ) == [(len({*SAMPLES.values()}),) * 3]
