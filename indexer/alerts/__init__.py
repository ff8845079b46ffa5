"""Saved queries: matched on the log of changes, told by mail, audited."""
