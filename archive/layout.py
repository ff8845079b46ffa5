"""Names of the folders in a data folder that more than one room looks into."""

LOCK_FOLDER = "locks"
WARC_FOLDER = "warc"
