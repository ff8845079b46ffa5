"""Statuses: `/status/503?retry-after=5` answers 503 with that header; any number of three digits does."""

from tests.site.messages import Request, Response, page


def answer(request: Request) -> Response:
    """The status named by the path, with a French page about nothing."""
    status = int(request.path.rpartition("/")[2] or 404) if request.path.startswith("/status/") else 404
    headers = (("Retry-After", request.query["retry-after"]),) if "retry-after" in request.query else ()
    return page("<html><body><p>Réponse de service.</p></body></html>", status=status, headers=headers)
