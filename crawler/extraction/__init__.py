"""From the bytes of a captured page to its text and fields, or to a named reason; and the pool that does it safely."""
