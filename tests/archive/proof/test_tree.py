"""Trees against the published test values of RFC 6962 implementations, and paths against roots of every small size."""

import hashlib

import pytest

from archive.proof.tree import Step, follow_path, hash_leaf, hash_root, make_paths

# the leaves and roots by which implementations of Certificate Transparency test themselves
LEAVES = [bytes.fromhex(one) for one in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"
)]  # fmt: skip
ROOTS = {
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    4: "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    5: "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    6: "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    7: "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


@pytest.mark.parametrize("size", ROOTS)
def test_roots_are_those_of_the_standard(size: int) -> None:
    assert hash_root(map(hash_leaf, LEAVES[:size])).hex() == ROOTS[size]


@pytest.mark.parametrize("size", [*range(1, 20), 63, 64, 65, 200])
def test_every_line_leads_to_the_root_and_no_other_does(size: int) -> None:
    lines = [f"ligne {number}".encode() for number in range(size)]
    leaves = [hash_leaf(line) for line in lines]
    root = hash_root(leaves)

    paths = make_paths(leaves, list(range(size)))

    for line, path in zip(lines, paths, strict=True):
        assert follow_path(line, path) == root
        assert follow_path(line + b".", path) != root
        assert len(path) <= (size - 1).bit_length()


def test_a_node_cannot_pass_for_a_line() -> None:
    one, other = hash_leaf(b"a"), hash_leaf(b"b")
    root = hash_root([one, other])

    assert hashlib.sha256(b"\x01" + one + other).digest() == root
    assert follow_path(one + other, []) != root


def test_the_side_of_a_step_counts() -> None:
    leaves = [hash_leaf(b"a"), hash_leaf(b"b")]

    assert follow_path(b"a", [Step("left", leaves[1])]) != hash_root(leaves)
