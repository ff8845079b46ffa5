"""Kibana over the entries of a cluster: objects that people open there, their installation, and links.

What Vigie links to carries the compiled query, so that the set shown is the one that Vigie finds. What people type in
Kibana is asked of the native fields by Kibana itself; `docs/kibana.md` tells where that differs.
"""
