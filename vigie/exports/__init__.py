"""Articles taken out of the archive, in the formats of others: tables, references, press reviews, web archives."""
