"""Pages of a known layout read without the extraction library: learned from its answers, checked against them."""
