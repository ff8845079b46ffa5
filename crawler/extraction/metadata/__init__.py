"""Title, authors, dates, language, section, tags, lead, addresses and paywall of one page, with every claim kept."""

from crawler.extraction.metadata.reading import Metadata, read_metadata

__all__ = ["Metadata", "read_metadata"]
