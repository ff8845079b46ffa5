"""Proofs of documents: folders that can be checked without the archive; docs/proof.md says what they prove."""
