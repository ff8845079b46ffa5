"""The bad neighbourhood: hosts that break HTTP, XML and good manners on purpose, one fault a path.

`127.0.0.9` serves the faults by path; `127.0.0.20` to `.29` each have one kind of robots.txt and one article.
"""

from tests.site.messages import RawAnswer, Request, Response
from tests.site.trouble import statuses

TROUBLE = "127.0.0.9"
ADDRESSES = (TROUBLE,)


def answer_trouble(request: Request, port: int) -> Response | RawAnswer:
    """The fault that lives at this address."""
    return statuses.answer(request)
