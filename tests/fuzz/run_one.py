"""One target under the fuzzer, as a process: libFuzzer reads the options and ends the process by itself."""

import sys
from pathlib import Path

import atheris


def main() -> None:
    """`TARGET DICTIONARY FOLDER ... [-option=value ...]`: the first folder collects, the others are read."""
    name, dictionary, *rest = sys.argv[1:]
    with atheris.instrument_imports(include=["indexer", "luqum", "crawler.urls", "crawler.url_parameters", "idna"]):
        from tests.fuzz.targets import TARGETS
    target = TARGETS[name]
    Path(dictionary).write_text("\n".join(_quote(word) for word in target.words if word), encoding="ascii")
    options = [f"-dict={dictionary}", f"-max_len={target.longest}", "-print_final_stats=1", "-verbosity=0"]
    atheris.Setup([sys.argv[0], *rest, *options], target.check)
    atheris.Fuzz()


def _quote(word: str) -> str:
    return '"' + "".join(f"\\x{byte:02x}" for byte in word.encode("utf-8", "surrogatepass")) + '"'


if __name__ == "__main__":
    main()
