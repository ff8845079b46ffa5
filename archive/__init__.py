"""The store of record: what was fetched, byte for byte, and what we made of it."""
