"""Merkle trees as in RFC 6962: one hash for many lines, and a short path that shows a line to be among them.

Leaves and inner nodes are hashed with different first bytes, so that neither can pass for the other. A last node
without a partner moves up as it is.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

_LEAF, _NODE = b"\x00", b"\x01"


class Step(NamedTuple):
    """One step from a leaf to the root: the hash that is put beside, and on which side."""

    side: Literal["left", "right"]
    hash: bytes


def hash_leaf(line: bytes) -> bytes:
    """The hash of one line."""
    return hashlib.sha256(_LEAF + line).digest()


def hash_root(leaves: Iterable[bytes]) -> bytes:
    """The root over the hashes of lines, of which there is at least one; holds a few of them at a time."""
    open_trees: list[tuple[int, bytes]] = []  # whole trees of falling size, each with its number of leaves
    for leaf in leaves:
        size, node = 1, leaf
        while open_trees and open_trees[-1][0] == size:
            node = _join(open_trees.pop()[1], node)
            size *= 2
        open_trees.append((size, node))
    _, root = open_trees.pop()
    while open_trees:
        root = _join(open_trees.pop()[1], root)
    return root


def make_paths(leaves: Sequence[bytes], indexes: Sequence[int]) -> list[list[Step]]:
    """For each of these leaves the way to the root."""
    paths: list[list[Step]] = [[] for _ in indexes]
    places = list(indexes)
    level = list(leaves)
    while len(level) > 1:
        for path, place in zip(paths, places, strict=True):
            if place % 2:
                path.append(Step("left", level[place - 1]))
            elif place + 1 < len(level):
                path.append(Step("right", level[place + 1]))
        level = [_join(*level[at : at + 2]) if at + 1 < len(level) else level[at] for at in range(0, len(level), 2)]
        places = [place // 2 for place in places]
    return paths


def follow_path(line: bytes, path: Iterable[Step]) -> bytes:
    """The root to which a line and its path lead."""
    node = hash_leaf(line)
    for step in path:
        node = _join(step.hash, node) if step.side == "left" else _join(node, step.hash)
    return node


def _join(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(_NODE + left + right).digest()
