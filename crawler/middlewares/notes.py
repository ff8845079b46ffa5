"""The notes that requests carry, typed: what a request is for, what came of it, what its host states."""

from scrapy import Request
from scrapy.crawler import Crawler

from crawler.asking import Answer, Asking
from crawler.desk import Desk
from crawler.tdm import OptOut

_ASKING, _ANSWER, _OPT_OUT, _SENT = "vigie_asking", "vigie_answer", "vigie_opt_out", "vigie_sent"


def desk_of(crawler: Crawler) -> Desk:
    """The desk of the running crawl; the spider brings it."""
    desk = getattr(crawler.spider, "desk", None)
    assert isinstance(desk, Desk)
    return desk


def asking_of(request: Request) -> Asking:
    """What the request is for."""
    asking = request.meta[_ASKING]
    assert isinstance(asking, Asking)
    return asking


def note_asking(request: Request, asking: Asking) -> None:
    """Say what the request is for."""
    request.meta[_ASKING] = asking


def answer_of(request: Request) -> Answer | None:
    """What was recorded for the request; None where no answer came."""
    answer = request.meta.get(_ANSWER)
    assert answer is None or isinstance(answer, Answer)
    return answer


def note_answer(request: Request, answer: Answer) -> None:
    """Leave what was recorded."""
    request.meta[_ANSWER] = answer


def opt_out_of(request: Request) -> OptOut | None:
    """What the host states of mining for this address."""
    found = request.meta.get(_OPT_OUT)
    assert found is None or isinstance(found, OptOut)
    return found


def note_opt_out(request: Request, stated: OptOut | None) -> None:
    """Leave what the host states."""
    request.meta[_OPT_OUT] = stated


def was_sent(request: Request) -> bool:
    """True once the request was on its way to the host."""
    return bool(request.meta.get(_SENT))


def note_sent(request: Request) -> None:
    """The request goes out now."""
    request.meta[_SENT] = True
