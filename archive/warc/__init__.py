"""WARC 1.1 files (ISO 28500:2017), one gzip member a record: written durably, read back by place, checked whole.

Members, records, files and the writer each have a module; what others use of them is named here.
"""

from archive.warc.files import FRESH_SUFFIX, OPEN_SUFFIX, find_file, read_member, sync_folder
from archive.warc.members import begins_record, complete_length, pack_member, pack_small, read_members, unpack_member
from archive.warc.packing import HEAD_NOTE, REVISIT_PROFILE, Copied, Original, pack_warcinfo
from archive.warc.reading import HEAD_END, StoredRecord, known_length, parse_member, parse_record, read_record
from archive.warc.writer import FILE_BYTES, WarcWriter

__all__ = [
    "FILE_BYTES",
    "FRESH_SUFFIX",
    "HEAD_END",
    "HEAD_NOTE",
    "OPEN_SUFFIX",
    "REVISIT_PROFILE",
    "Copied",
    "Original",
    "StoredRecord",
    "WarcWriter",
    "begins_record",
    "complete_length",
    "find_file",
    "known_length",
    "pack_member",
    "pack_small",
    "pack_warcinfo",
    "parse_member",
    "parse_record",
    "read_member",
    "read_members",
    "read_record",
    "sync_folder",
    "unpack_member",
]
