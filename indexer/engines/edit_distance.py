"""How many edits lie between two words: inserted, dropped, replaced and transposed letters count one each.

As everywhere in search, a pair is transposed once and not edited further (« optimal string alignment »).
"""


def within(distance: int, one: str, other: str) -> bool:
    """True where at most `distance` edits turn one word into the other."""
    if abs(len(one) - len(other)) > distance:
        return False
    before: list[int] = []
    row = list(range(len(other) + 1))
    for place, letter in enumerate(one, 1):
        before, row = row, _next_row(place, letter, one, other, before, row)
        if min(row) > distance:
            return False
    return row[-1] <= distance


def _next_row(place: int, letter: str, one: str, other: str, earlier: list[int], last: list[int]) -> list[int]:
    row = [place]
    for column, against in enumerate(other, 1):
        best = min(last[column] + 1, row[-1] + 1, last[column - 1] + (letter != against))
        if earlier and column > 1 and letter == other[column - 2] and one[place - 2] == against:
            best = min(best, earlier[column - 2] + 1)
        row.append(best)
    return row
