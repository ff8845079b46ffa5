"""The French analysis: text in, index terms out, in one place for every engine, alert and highlight.

The same words give the same terms everywhere, because nothing but this package makes terms. `ANALYZER_VERSION` is
raised by hand when rules change, and `analyzer_digest()` changes with the tables; an index keeps both, and an index
made with others must be rebuilt.
"""

from indexer.analysis.folding import fold
from indexer.analysis.french import FrenchAnalyzer, Term, Token, Written, clip_text
from indexer.analysis.stemming import light_stem
from indexer.analysis.tables import ANALYZER_VERSION, HOLE, TERM_MAX_CHARS, TEXT_MAX_CHARS, analyzer_digest

__all__ = [
    "ANALYZER_VERSION",
    "HOLE",
    "TERM_MAX_CHARS",
    "TEXT_MAX_CHARS",
    "FrenchAnalyzer",
    "Term",
    "Token",
    "Written",
    "analyzer_digest",
    "clip_text",
    "fold",
    "light_stem",
]
