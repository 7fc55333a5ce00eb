"""Archives: every member is offered or named with a reason, limits hold, and what is intact is read."""

import bz2
import gzip
import io
import lzma
import stat
import struct
import tarfile
import tracemalloc
import warnings
import zipfile
import zlib
from collections import Counter
from urllib.parse import unquote_to_bytes

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.fetch import content
from etl.fetch.content import Reading, unpacked
from etl.fetch.origin import REASONS, UNREADABLE, read_origin
from etl.settings import Settings

pytestmark = pytest.mark.timeout(60)  # hostile archives must not hang

PACKERS = {
    "": bytes,
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": zstandard.ZstdCompressor().compress,
}


def read(path, **limits):
    """What an origin offers, under limits that may be smaller than people may set."""
    return list(read_origin(str(path), Settings.model_construct(**limits)))


def outcomes(path, **limits):
    """Names inside the archive, with the content or the reason."""
    found = read(path, **limits)
    assert {offer.reason for offer in found} - {None} <= set(REASONS)
    assert all((offer.outcome == "unreadable") == (offer.reason in UNREADABLE) for offer in found)
    assert len({offer.url for offer in found}) == len(found)  # every offer has an address of its own
    return [(offer.name.removeprefix(f"{path.name}!/"), offer.content or offer.reason) for offer in found]


def write_zip(path, members, compression=zipfile.ZIP_DEFLATED):
    """A zip of names (or ZipInfo) and contents, in this order, names repeated as they are."""
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w", compression) as archive:
        warnings.simplefilter("ignore")  # of names that are repeated
        for name, content in members:
            archive.writestr(name, content, compression)
    return path


def tar_bytes(members):
    """A tar of names (or TarInfo) and contents."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, content in members:
            info = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return packed.getvalue()


def write(path, content):
    path.write_bytes(content)
    return path


def tar_info(name, kind, target=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


PAGES = [("a.txt", b"first"), ("sub/b.html", b"second"), ("c", b"third")]


# What is whole --------------------------------------------------------------------------------------


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_members_of_a_zip_are_pages(compression, tmp_path):
    path = write_zip(tmp_path / "pages.zip", PAGES, compression)

    assert outcomes(path) == PAGES
    assert read(path)[1].url == f"zip:file://{path}!/sub/b.html"


@pytest.mark.parametrize("ending", PACKERS)
def test_members_of_a_tar_are_pages_whatever_packs_it(ending, tmp_path):
    path = write(tmp_path / f"pages.tar{ending}", PACKERS[ending](tar_bytes(PAGES)))

    assert outcomes(path) == PAGES
    assert read(path)[0].url == f"tar:file://{path}!/a.txt"


@pytest.mark.parametrize("name", ["no ending", "page.txt", "x.dat"])
def test_an_archive_is_known_by_its_bytes_not_by_its_name(name, tmp_path):
    assert outcomes(write_zip(tmp_path / name, PAGES)) == PAGES
    assert outcomes(write(tmp_path / name, gzip.compress(tar_bytes(PAGES)))) == PAGES


@pytest.mark.parametrize("ending", list(PACKERS)[1:])
def test_one_compressed_page_is_one_page(ending, tmp_path):
    path = write(tmp_path / f"page.txt{ending}", PACKERS[ending](b"one page"))

    (found,) = read(path)

    assert (found.content, found.name, found.url) == (b"one page", path.name, f"file://{path}")


def test_gzip_of_several_pieces_with_padding_is_one_page(tmp_path):
    path = write(tmp_path / "page.gz", gzip.compress(b"one ") + gzip.compress(b"page") + bytes(100))

    assert outcomes(path) == [("page.gz", b"one page")]


def test_archives_in_a_folder_are_opened_in_their_place(tmp_path):
    write(tmp_path / "a.txt", b"before")
    write_zip(tmp_path / "b.zip", PAGES[:1])
    write(tmp_path / "c.tgz", gzip.compress(tar_bytes(PAGES[1:2])))
    write(tmp_path / "d.txt", b"behind")

    found = read(tmp_path)

    assert [(offer.name, offer.content) for offer in found] == [
        ("a.txt", b"before"),
        ("b.zip!/a.txt", b"first"),
        ("c.tgz!/sub/b.html", b"second"),
        ("d.txt", b"behind"),
    ]
    assert {offer.origin for offer in found} == {f"file://{tmp_path}"}
    assert read(tmp_path / "b.zip") == found[1:2]  # the same offer, however the archive was reached


@pytest.mark.parametrize("write_archive", [write_zip, lambda path, members: write(path, tar_bytes(members))])
def test_an_empty_archive_offers_nothing(write_archive, tmp_path):
    assert outcomes(write_archive(tmp_path / "x.tar", [])) == []


def test_zip64_is_read(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive, archive.open("a.txt", "w", force_zip64=True) as member:
        member.write(b"first")

    assert outcomes(tmp_path / "x.zip") == PAGES[:1]


def test_members_of_one_name_are_both_kept(tmp_path):
    members = [("a.txt", b"one"), ("a.txt", b"two"), ("a.txt#2", b"three")]

    for path in (write_zip(tmp_path / "x.zip", members), write(tmp_path / "x.tar", tar_bytes(members))):
        assert outcomes(path) == [("a.txt", b"one"), ("a.txt#2", b"two"), ("a.txt#2", b"three")]
        assert [offer.url.rpartition("!/")[2] for offer in read(path)] == ["a.txt", "a.txt#2", "a.txt%232"]


# Names ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["/etc/passwd", "../../outside.txt", "a/../b.txt", "C:\\x.txt", "한글!.txt", "x\ny"])
def test_names_are_only_labels(name, tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")

    for path in (
        write_zip(tmp_path / "x.zip", [(name, b"page")]),
        write(tmp_path / "x.tar", tar_bytes([(name, b"page")])),
    ):
        (found,) = read(path)
        assert found.content == b"page"
        assert unquote_to_bytes(found.url.partition("!/")[2]) == name.encode()
    assert sorted(entry.name for entry in tmp_path.rglob("*")) == ["here", "x.tar", "x.zip"]


def test_names_of_any_encoding_are_kept(tmp_path):
    label = "페이지".encode("cp949")
    info = tarfile.TarInfo(label.decode("utf-8", "surrogateescape") + ".txt")
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as archive:
        info.size = 4
        archive.addfile(info, io.BytesIO(b"page"))
    tar = write(tmp_path / "x.tar", packed.getvalue())
    zipped = write_zip(tmp_path / "x.zip", [("x" * len(label) + ".txt", b"page")])
    zipped.write_bytes(zipped.read_bytes().replace(b"x" * len(label), label))

    for path in (tar, zipped):
        (found,) = read(path)
        assert (found.content, unquote_to_bytes(found.url.partition("!/")[2])) == (b"page", label + b".txt")
        found.name.encode()  # a name that cannot be stored as text would raise


def test_a_zip_with_a_name_that_is_not_the_utf8_it_claims_is_read(tmp_path):
    path = write_zip(tmp_path / "x.zip", [("é.txt", b"page")])
    path.write_bytes(path.read_bytes().replace("é".encode(), b"\xff\xfe"))

    assert [(offer.content, offer.reason) for offer in read(path)] == [(b"page", None), (None, "damaged")]


@pytest.mark.parametrize("name", [".note", "__MACOSX/._a.txt", "a/.git/b", "a/__MACOSX/b.txt"])
def test_hidden_members_are_skipped_as_in_folders(name, tmp_path):
    assert outcomes(write_zip(tmp_path / "x.zip", [(name, b"x")])) == [(name, "hidden_file")]
    assert outcomes(write(tmp_path / "x.tar", tar_bytes([(name, b"x")]))) == [(name, "hidden_file")]


def test_members_that_are_no_pages_by_their_ending_are_skipped(tmp_path):
    assert outcomes(write_zip(tmp_path / "x.zip", [("a.png", b"x")])) == [("a.png", "other_file_type")]


# What is no file ------------------------------------------------------------------------------------


def test_links_devices_and_folders_of_a_tar_are_named(tmp_path):
    members = [
        (tar_info("symbolic", tarfile.SYMTYPE, "/etc/passwd"), b""),
        (tar_info("hard", tarfile.LNKTYPE, "page"), b""),
        (tar_info("folder", tarfile.DIRTYPE), b""),
        (tar_info("pipe", tarfile.FIFOTYPE), b""),
        (tar_info("device", tarfile.CHRTYPE), b""),
        ("page", b"page"),
    ]

    assert outcomes(write(tmp_path / "x.tar", tar_bytes(members))) == [
        ("symbolic", "archive_link"),
        ("hard", "archive_link"),
        ("folder", "archive_folder"),
        ("pipe", "not_a_regular_file"),
        ("device", "not_a_regular_file"),
        ("page", b"page"),
    ]


def test_links_devices_and_folders_of_a_zip_are_named(tmp_path):
    members = []
    for name, kind in [("link", stat.S_IFLNK), ("pipe", stat.S_IFIFO), ("page", stat.S_IFREG)]:
        info = zipfile.ZipInfo(name)
        info.create_system, info.external_attr = 3, kind << 16
        members.append((info, b"/etc/passwd"))

    assert outcomes(write_zip(tmp_path / "x.zip", [("folder/", b""), *members])) == [
        ("folder/", "archive_folder"),
        ("link", "archive_link"),
        ("pipe", "not_a_regular_file"),
        ("page", b"/etc/passwd"),
    ]


# Limits ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_too_many_members_end_the_reading_with_a_name(kind, tmp_path):
    members = [(f"{number}.txt", b"x") for number in range(1_000)]
    path = tmp_path / f"x.{kind}"
    write_zip(path, members) if kind == "zip" else write(path, tar_bytes(members))

    found = outcomes(path, max_archive_members=10)

    assert found[:-1] == [(name, content) for name, content in members[:10]]
    assert found[-1] == (path.name, "too_many_members")


def test_members_of_nested_archives_count_as_well(tmp_path):
    inner = write_zip(tmp_path / "inner.zip", [(f"{number}.txt", b"x") for number in range(5)]).read_bytes()
    path = write_zip(tmp_path / "x.zip", [("1.zip", inner), ("2.zip", inner)])

    assert outcomes(path, max_archive_members=8)[-1] == ("x.zip", "too_many_members")
    assert len(outcomes(path, max_archive_members=8)) == 6 + 1


def test_too_many_bytes_end_the_reading_with_a_name(tmp_path):
    path = write_zip(tmp_path / "x.zip", [(f"{number}.txt", bytes([number]) * 100) for number in range(10)])

    found = outcomes(path, max_archive_bytes=350)

    assert [name for name, _ in found] == ["0.txt", "1.txt", "2.txt", "x.zip"]
    assert found[-1][1] == "archive_too_large"


def test_a_page_in_an_archive_that_is_too_large_is_skipped_and_the_rest_is_read(tmp_path):
    members = [("large.txt", b"xy" * 1_000), ("small.txt", b"small")]

    for path in (write_zip(tmp_path / "x.zip", members), write(tmp_path / "x.tar", tar_bytes(members))):
        assert outcomes(path, max_page_bytes=1_000) == [("large.txt", "too_large"), ("small.txt", b"small")]


def test_a_member_that_grows_too_much_is_not_unpacked(tmp_path):
    path = write_zip(tmp_path / "x.zip", [("bomb.txt", bytes(10**6)), ("small.txt", b"small")])

    assert outcomes(path, max_archive_ratio=100) == [("bomb.txt", "too_compressed"), ("small.txt", b"small")]


def peak_of(path, **limits):
    """What is offered, and the most memory that Python held meanwhile."""
    tracemalloc.start()
    try:
        return outcomes(path, **limits), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("ending", [".gz", ".bz2", ".xz", ".zst"])
def test_an_endless_page_ends_at_the_limit_of_pages(ending, tmp_path):
    path = write(tmp_path / f"bomb.txt{ending}", PACKERS[ending](bytes(200 * 2**20)))

    found, peak = peak_of(path, max_page_bytes=2**20)

    assert found == [(path.name, "too_large")]
    assert peak < 60 * 2**20


@pytest.mark.parametrize("ending", [".gz", ".xz", ".zst"])
def test_an_endless_tar_ends_at_the_limit_of_bytes(ending, tmp_path):
    info = tarfile.TarInfo("bomb.txt")
    info.size = 10 * 2**40
    path = write(tmp_path / f"x.tar{ending}", PACKERS[ending](info.tobuf() + bytes(200 * 2**20)))

    found, peak = peak_of(path, max_archive_bytes=50 * 2**20, max_nested_bytes=2**20, max_page_bytes=2**20)

    assert found == [("bomb.txt", "too_large"), (path.name, "archive_too_large")]
    assert peak < 60 * 2**20


def test_a_tar_header_that_claims_an_endless_name_is_damage(tmp_path):
    info = tar_info("@LongLink", tarfile.GNUTYPE_LONGNAME)
    info.size = 10 * 2**40
    path = write(tmp_path / "x.tar", info.tobuf(tarfile.GNU_FORMAT) + tar_bytes(PAGES))

    found, peak = peak_of(path)

    assert found == [*PAGES, ("x.tar", "damaged")]
    assert peak < 5 * 2**20


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
@pytest.mark.parametrize("kind", [tarfile.REGTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.DIRTYPE, tarfile.GNUTYPE_SPARSE])
def test_a_member_that_claims_to_be_endless_ends_with_the_file(kind, form, tmp_path):
    info = tar_info("endless.txt", kind)
    info.size = 10 * 2**40
    path = write(tmp_path / "x.tar", info.tobuf(form) + bytes(5_000))

    found, peak = peak_of(path)

    assert not any(isinstance(content, bytes) for _, content in found)
    assert peak < 200 * 2**20


def test_a_chain_of_extra_headers_ends(tmp_path):
    info = tar_info("x", tarfile.XHDTYPE)
    path = write(tmp_path / "x.tar", info.tobuf() * 5_000)

    assert {reason for _, reason in outcomes(path)} <= UNREADABLE


# Archives in archives -------------------------------------------------------------------------------


def test_archives_are_opened_to_the_second_depth_and_named_below(tmp_path):
    third = write_zip(tmp_path / "third.zip", [("deep.txt", b"deep")]).read_bytes()
    second = gzip.compress(tar_bytes([("b.txt", b"second"), ("third.zip", third)]))
    path = write_zip(tmp_path / "x.zip", [("a.txt", b"first"), ("second.tar.gz", second)])

    assert outcomes(path) == [
        ("a.txt", b"first"),
        ("second.tar.gz!/b.txt", b"second"),
        ("second.tar.gz!/third.zip", "too_deep"),
    ]
    assert read(path)[1].url == f"tar:zip:file://{path}!/second.tar.gz!/b.txt"
    assert outcomes(path, max_archive_depth=3)[-1] == ("second.tar.gz!/third.zip!/deep.txt", b"deep")
    assert outcomes(path, max_archive_depth=1) == [("a.txt", b"first"), ("second.tar.gz", "too_deep")]


def test_a_zip_in_a_gzip_is_held_in_memory_to_a_limit(tmp_path):
    inner = write_zip(tmp_path / "x.zip", PAGES).read_bytes()
    path = write(tmp_path / "x.zip.gz", gzip.compress(inner))

    assert outcomes(path) == PAGES
    assert outcomes(path, max_nested_bytes=len(inner) - 1) == [("x.zip.gz", "nested_too_large")]


def test_compression_in_compression_ends_at_the_depth(tmp_path):
    twice = gzip.compress(bz2.compress(b"page"))
    path = write(tmp_path / "page.gz", twice)
    assert outcomes(path) == [("page.gz", b"page")]

    write(path, gzip.compress(lzma.compress(twice)))
    assert outcomes(path) == [("page.gz", "too_deep")]


# Damage ---------------------------------------------------------------------------------------------


def test_an_encrypted_member_is_named_and_the_rest_is_read(tmp_path):
    path = write_zip(tmp_path / "x.zip", PAGES)
    content = bytearray(path.read_bytes())
    content[6] |= 1  # the flag before the member
    content[content.index(b"PK\x01\x02") + 8] |= 1  # and in the list
    path.write_bytes(content)

    assert outcomes(path) == [("a.txt", "encrypted"), *PAGES[1:]]


def test_a_compression_that_nobody_knows_is_named_and_the_rest_is_read(tmp_path):
    path = write_zip(tmp_path / "x.zip", PAGES)
    content = bytearray(path.read_bytes())
    content[8] = content[content.index(b"PK\x01\x02") + 10] = 97
    path.write_bytes(content)

    assert outcomes(path) == [("a.txt", "unsupported_compression"), *PAGES[1:]]


def test_a_member_with_a_wrong_checksum_is_named_and_the_rest_is_read(tmp_path):
    path = write_zip(tmp_path / "x.zip", PAGES, zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"second", b"sEcond"))

    assert outcomes(path) == [PAGES[0], ("sub/b.html", "damaged"), PAGES[2]]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_of_a_zip_that_was_cut_everywhere_the_whole_members_are_read(method, tmp_path):
    members = [(f"{number}.txt", f"page {number} ".encode() * 20) for number in range(4)]
    whole = write_zip(tmp_path / "x.zip", members, method).read_bytes()
    starts = [whole.index(f"{number}.txt".encode()) - 30 for number in range(4)] + [whole.index(b"PK\x01\x02")]

    for length in range(30, len(whole), 7):
        found = outcomes(write(tmp_path / "x.zip", whole[:length]))
        intact = sum(end <= length for end in starts[1:])
        assert [item for item in found if isinstance(item[1], bytes)] == members[:intact], length
        assert found[-1] in [("x.zip", "truncated"), ("x.zip", "damaged")]
        assert {reason for _, reason in found if isinstance(reason, str)} <= {"truncated", "damaged"}


def test_a_cut_zip_whose_sizes_follow_the_members_is_read(tmp_path):
    class Pipe(io.BytesIO):
        def seekable(self):
            return False

        def seek(self, *_):
            raise OSError

        def tell(self):
            raise OSError

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in PAGES:
            archive.writestr(name, content)
    whole = pipe.getvalue()

    path = write(tmp_path / "x.zip", whole[: whole.index(b"PK\x01\x02")])
    assert outcomes(path) == [*PAGES, ("x.zip", "truncated")]

    path.write_bytes(path.read_bytes().replace(struct.pack("<L", zlib.crc32(b"second")), b"good"))
    assert outcomes(path) == [PAGES[0], ("sub/b.html", "damaged"), PAGES[2], ("x.zip", "truncated")]


@pytest.mark.parametrize("ending", ["", ".gz", ".zst"])
def test_of_a_tar_that_was_cut_everywhere_the_whole_members_are_read(ending, tmp_path):
    whole = PACKERS[ending](tar_bytes(PAGES))
    last = len(whole) if ending else len(tar_bytes(PAGES).rstrip(b"\0")) + 1024

    for length in range(600 if not ending else 20, min(last, len(whole)), 97 if not ending else 11):
        found = outcomes(write(tmp_path / f"x.tar{ending}", whole[:length]))
        intact = [item for item in found if isinstance(item[1], bytes)]
        assert intact == PAGES[: len(intact)]
        if len(intact) < 3 or ending:
            assert found[-1] == (f"x.tar{ending}", "truncated"), length


def test_a_tar_without_its_end_is_named_though_every_member_is_read(tmp_path):
    path = write(tmp_path / "x.tar", tar_bytes(PAGES)[: 3 * 1024])

    assert outcomes(path) == [*PAGES, ("x.tar", "truncated")]


def test_behind_a_damaged_tar_header_the_reading_goes_on(tmp_path):
    whole = bytearray(tar_bytes(PAGES))
    whole[1024 + 20 : 1024 + 60] = b"?" * 40  # in the header of the second member

    assert outcomes(write(tmp_path / "x.tar", bytes(whole))) == [PAGES[0], PAGES[2], ("x.tar", "damaged")]


@pytest.mark.parametrize("ending", [".gz", ".bz2", ".xz", ".zst"])
def test_damaged_compression_is_named(ending, tmp_path):
    packed = bytearray(zstandard.ZstdCompressor(write_checksum=True).compress(b"a page" * 99))
    if ending != ".zst":
        packed = bytearray(PACKERS[ending](b"a page" * 99))
    packed[len(packed) // 2] ^= 0xFF

    assert outcomes(write(tmp_path / f"page.txt{ending}", bytes(packed)))[0][1] in UNREADABLE


@pytest.mark.parametrize("ending", [".gz", ".bz2", ".xz", ".zst"])
def test_a_compressed_page_that_was_cut_is_no_page(ending, tmp_path):
    packed = PACKERS[ending](bytes(range(256)) * 30)

    for length in range(8, len(packed), 13):
        path = write(tmp_path / f"page.txt{ending}", packed[:length])
        assert outcomes(path) == [(path.name, "truncated")]


def test_a_read_error_below_an_archive_is_no_damage_of_it(tmp_path):
    class Failing(io.BytesIO):
        def read(self, count=-1):
            raise OSError(5, "Input/output error")

    with pytest.raises(OSError, match="Input/output"):
        unpacked(Failing(), "gzip").read()


def test_sums_are_shared_by_what_lies_deeper():
    reading = Reading(Settings())
    reading.deeper().take_bytes(5)
    reading.deeper().deeper().take_member()

    assert (reading.used.byte_count, reading.used.members) == (5, 1)


def test_random_changes_never_raise_and_never_invent_pages(tmp_path):
    import random

    chance = random.Random(7)
    members = [(f"{number}.txt", bytes(chance.choices(range(97, 123), k=300))) for number in range(5)]
    known = {content for _, content in members}
    wholes = {
        "x.zip": write_zip(tmp_path / "x.zip", members).read_bytes(),
        "x.tar.gz": gzip.compress(tar_bytes(members)),
        "x.tar.zst": zstandard.ZstdCompressor(write_checksum=True).compress(tar_bytes(members)),
    }
    seen = Counter()
    for name, whole in wholes.items():
        for _ in range(150):
            changed = bytearray(whole)
            for _ in range(chance.randint(1, 4)):
                changed[chance.randrange(4, len(whole))] = chance.randrange(256)
            found = outcomes(write(tmp_path / name, bytes(changed)))
            seen.update(reason for _, reason in found if isinstance(reason, str))
            if name == "x.zip":  # a zip has a checksum of every member
                assert {content for _, content in found if isinstance(content, bytes)} <= known
    assert seen["damaged"] > 100


_SIGNS = [bytes([sign]) for sign in b"01234567 oO+-_\0\x80\xffaZ9\n"]


@given(st.lists(st.sampled_from(_SIGNS), min_size=8, max_size=8).map(b"".join), st.booleans(), st.integers(0, 512))
@settings(max_examples=500)
def test_a_header_is_one_of_a_tar_if_tarfile_reads_it(checksum, is_right, size):
    head = bytearray(tarfile.TarInfo("page.txt").tobuf())
    if not is_right:
        head[148:156] = checksum
    head = bytes(head[:size])
    try:
        tarfile.TarInfo.frombuf(head, "utf-8", "surrogateescape")
        expected = True
    except (tarfile.HeaderError, ValueError):
        expected = head[257:262] == b"ustar"
    assert content._is_tar(head) == expected
