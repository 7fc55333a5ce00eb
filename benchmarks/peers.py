"""Other libraries on the same texts; runs in an environment of its own that holds them, without this project.

`python peers.py NAME FILE`: FILE is JSON Lines with `text` or `html`. Prints one line of JSON: documents, and CPU and
wall seconds without the imports. What to install: `peers.txt` for all but text-dedup (old pins).
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

NAMES = {
    "trafilatura": "trafilatura",
    "trafilatura fast": "trafilatura",
    "datatrove": "datatrove",
    "text-dedup": "text-dedup",
    "datasketch": "datasketch",
}
"""What can be measured, and the distribution that it needs."""

PERMUTATIONS = 128
SHINGLE = 5


def texts_of(path: Path, key: str) -> list[str]:
    """One column of the file."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line)[key] for line in lines]


def prepare_trafilatura(path: Path, *, is_fast: bool = False) -> Callable[[], int]:
    """Extraction of the main text from HTML."""
    from trafilatura import bare_extraction

    pages = texts_of(path, "html")

    def work() -> int:
        for page in pages:
            bare_extraction(page, fast=is_fast)
        return len(pages)

    return work


def prepare_datatrove(path: Path) -> Callable[[], int]:
    """Reading JSON Lines, then the first and by far the longest step of MinHash deduplication: the signatures."""
    import re

    from datatrove.pipeline.dedup.minhash import MinhashConfig, MinhashDedupSignature
    from datatrove.pipeline.readers import JsonlReader
    from datatrove.utils.hashing import HashConfig
    from datatrove.utils.word_tokenizers import WordTokenizer
    from loguru import logger

    logger.remove()
    config = MinhashConfig(hash_config=HashConfig(hash_fc="sha1"))

    class Words(WordTokenizer):
        """Words by a pattern, because its own tokenizers would fetch models."""

        def word_tokenize(self, text: str) -> list[str]:
            return re.findall(r"\w+", text)

        def sent_tokenize(self, text: str) -> list[str]:
            return [text]

        def span_tokenize(self, text: str) -> list[tuple[int, int]]:
            return [(0, len(text))]

    def work() -> int:
        with tempfile.TemporaryDirectory() as folder:
            reader = JsonlReader(str(path.parent), glob_pattern=path.name)
            documents = 0

            def counted():  # noqa: ANN202 - a generator of the library's documents
                nonlocal documents
                for document in reader.run():
                    documents += 1
                    yield document

            signatures = MinhashDedupSignature(folder, config=config, language=Words())
            signatures.run(counted())
        return documents

    return work


def prepare_text_dedup(path: Path) -> Callable[[], int]:
    """Its MinHash command in this process; what it writes goes to a temporary folder."""
    from text_dedup import minhash

    def work() -> int:
        with tempfile.TemporaryDirectory() as folder:
            options = {
                "--path": "json",
                "--data_files": path,
                "--split": "train",
                "--cache_dir": f"{folder}/cache",
                "--output": f"{folder}/output",
                "--column": "text",
                "--batch_size": 10_000,
                "--num_proc": 1,
                "--num_perm": PERMUTATIONS,
                "--ngram": SHINGLE,
                "--min_length": 1,
                "--hash_func": "xxh3",
            }
            arguments = [str(part) for option in options.items() for part in option]
            minhash.main(arguments, standalone_mode=False)
        return sum(1 for _ in path.open(encoding="utf-8"))

    return work


def prepare_datasketch(path: Path) -> Callable[[], int]:
    """MinHash signatures of word shingles in a locality-sensitive index."""
    import re

    from datasketch import MinHash, MinHashLSH

    texts = texts_of(path, "text")

    def work() -> int:
        index = MinHashLSH(threshold=0.65, num_perm=PERMUTATIONS)
        for number, text in enumerate(texts):
            words = re.findall(r"\w+", text)
            shingles = {" ".join(words[at : at + SHINGLE]).encode() for at in range(max(1, len(words) - SHINGLE + 1))}
            signature = MinHash(num_perm=PERMUTATIONS)
            signature.update_batch(list(shingles))
            index.query(signature)
            index.insert(str(number), signature)
        return len(texts)

    return work


def prepare(name: str, path: Path) -> Callable[[], int]:
    """What is to be measured, with its imports and its input loaded."""
    if name.startswith("trafilatura"):
        return prepare_trafilatura(path, is_fast=name.endswith("fast"))
    return {"datatrove": prepare_datatrove, "text-dedup": prepare_text_dedup, "datasketch": prepare_datasketch}[name](
        path
    )


def main() -> None:
    """Measure one library and print the line."""
    name, path = sys.argv[1], Path(sys.argv[2])
    work = prepare(name, path)
    cpu, wall = sum(os.times()[:4]), time.perf_counter()  # with the processes that the library starts
    documents = work()
    found = {"count": documents, "cpu": sum(os.times()[:4]) - cpu, "wall": time.perf_counter() - wall}
    print(json.dumps(found | {"version": version(NAMES[name])}))


if __name__ == "__main__":
    main()
