"""The page and the API over catalogue and search: read-only, server-rendered, in French and English."""
