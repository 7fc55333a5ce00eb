"""Object storage and other file systems that fsspec knows: `s3://`, `gs://`, `az://`, `memory://` ...

Credentials come from the environment of the storage's own library, never from the origin.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote_from_bytes

from etl.fetch.content import read_whole
from etl.fetch.folder import is_other_file
from etl.fetch.origin import Offer, OriginError, is_hidden, printable, scheme_of
from etl.settings import Settings

EXTRAS = {"s3": "s3", "s3a": "s3", "gs": "gcs", "gcs": "gcs"}
"""Schemes whose library is an extra of this package."""

_FILES_AT_A_TIME = 64
_BYTES_AT_A_TIME = 32 * 2**20
_BLOCK_BYTES = 4 * 2**20


def check_remote(origin: str) -> None:
    """A look at the form of an address and for the library behind it; nothing is fetched.

    Raises:
        OriginError: if the origin cannot be read so.
    """
    import fsspec

    scheme, rest = scheme_of(origin), origin.partition("://")[2]
    if "::" in origin or "@" in rest.partition("/")[0]:
        raise OriginError(
            f"{scheme}://...: an origin holds no credentials and no chain of file systems; "
            "set the credentials in the environment, as the storage's own tools read them"
        )
    try:
        fsspec.get_filesystem_class(scheme)
    except ImportError as error:
        how = f"install kcna-warehouse[{EXTRAS[scheme]}]" if scheme in EXTRAS else str(error)
        raise OriginError(f"{printable(origin)}: the library for {scheme}:// is missing; {how}") from error
    except ValueError as error:
        raise OriginError(
            f"{printable(origin)}: nothing is known of {scheme}://; "
            "give a path, or an address with https://, s3://, gs:// or another scheme of fsspec"
        ) from error


def read_remote(origin: str, settings: Settings, column: str | None = None) -> Iterator[Offer]:
    """Every file below an address, in byte order of the names, and what archives and tables among them hold.

    Raises:
        OriginError: if the address cannot be listed, or holds nothing.
    """
    system, sizes, root = _list(origin)
    for batch in _batches(sizes, settings.max_page_bytes):
        contents = _fetch(system, [path for path, size in batch if size is not None])
        for path, _ in batch:
            offer = _describe(system, root, path)
            yield from _offer(offer, system, path, sizes[path], contents.get(path), settings, column)


def _list(origin: str) -> tuple[Any, dict[str, int | None], str]:
    """The file system, the sizes of the files by their paths, and the path that their names are relative to."""
    import fsspec

    try:
        system, root = fsspec.core.url_to_fs(origin)
        listed = system.find(root, detail=True)
    except Exception as error:  # each library raises its own
        raise OriginError(
            f"{printable(origin)}: cannot be listed ({type(error).__name__}: {error}); "
            "check the address, and the credentials in the environment"
        ) from error
    sizes = {path: entry.get("size") for path, entry in listed.items() if entry.get("type") == "file"}
    if not sizes:
        raise OriginError(f"{printable(origin)}: no file stands there; check the address")
    if list(sizes) == [root]:
        root = root.rpartition("/")[0]
    return system, dict(sorted(sizes.items(), key=lambda item: item[0].encode("utf-8", "surrogateescape"))), root


def _batches(sizes: dict[str, int | None], largest: int) -> Iterator[list[tuple[str, int | None]]]:
    """The files in groups that are fetched together; those that are not fetched whole have no size here."""
    batch: list[tuple[str, int | None]] = []
    total = 0
    for path, size in sizes.items():
        is_whole = size is not None and size <= largest and not is_other_file(path.encode("utf-8", "surrogateescape"))
        batch.append((path, size if is_whole else None))
        total += (size or 0) if is_whole else 0
        if len(batch) == _FILES_AT_A_TIME or total >= _BYTES_AT_A_TIME:
            yield batch
            batch, total = [], 0
    yield batch


def _fetch(system: Any, paths: list[str]) -> dict[str, bytes | Exception]:  # noqa: ANN401 - the library ships no types
    """The bytes of files, or what was raised instead; libraries of object storage fetch them side by side."""
    found: dict[str, bytes | Exception] = system.cat(paths, on_error="return") if paths else {}
    return found


def _describe(system: Any, root: str, path: str) -> Offer:  # noqa: ANN401 - the library ships no types
    name = path.removeprefix(root).lstrip("/")
    return Offer(_address(system, root), _address(system, path), printable(name), "page")


def _address(system: Any, path: str) -> str:  # noqa: ANN401 - the library ships no types
    scheme, _, rest = system.unstrip_protocol(path).partition("://")
    return f"{scheme}://{quote_from_bytes(rest.encode('utf-8', 'surrogateescape'))}"


def _offer(
    offer: Offer,
    system: Any,  # noqa: ANN401 - the library ships no types
    path: str,
    size: int | None,
    content: bytes | Exception | None,
    settings: Settings,
    column: str | None,
) -> Iterator[Offer]:
    label = offer.name.encode()
    if is_hidden(label):
        yield offer.refused("hidden_file", size)
    elif is_other_file(label):
        yield offer.refused("other_file_type", size)
    elif isinstance(content, Exception):
        yield offer.refused("read_error", size)
    elif content is not None and len(content) != size:  # a listing is not the truth
        yield offer.refused("truncated" if len(content) < (size or 0) else "damaged", size)
    elif content is not None:
        yield from read_whole(offer, io.BytesIO(content), size, settings, column)
    else:
        yield from _open(offer, system, path, size, settings, column)


def _open(
    offer: Offer,
    system: Any,  # noqa: ANN401 - the library ships no types
    path: str,
    size: int | None,
    settings: Settings,
    column: str | None,
) -> Iterator[Offer]:
    """A large file is read in blocks; only an archive or a table is read on."""
    try:
        handle = system.open(path, "rb", block_size=_BLOCK_BYTES)
    except Exception:  # each library raises its own
        yield offer.refused("read_error", size)
        return
    with handle:
        yield from read_whole(offer, handle, size, settings, column)
