"""Seals over the archive's records, and proofs that are checked without it; docs/proof.md describes both."""
