"""Statuses and walls.

/status/503?retry-after=5      any three digits; `retry-after=date:60` sends the HTTP date of in 60 s
/empty                         200 with a body of no bytes
/wall/human-check/N            the same "verify you are human" page with status 200 for every N
                               with `?ray=X` each says X too, so that no two are alike
/wall/consent/N, /wall/maintenance/N, /wall/forbidden/N (403 with a challenge)
"""

from datetime import UTC, datetime, timedelta

from tests.site.messages import Request, Response, http_date, page

WALLS = {
    "human-check": (200, "Vérifiez que vous êtes humain", "Cochez la case pour poursuivre votre navigation."),
    "consent": (200, "Votre vie privée nous importe", "Acceptez les cookies ou abonnez-vous pour lire ce contenu."),
    "maintenance": (200, "Site en maintenance", "Nous revenons dans quelques minutes. Merci de votre patience."),
    "forbidden": (403, "Accès refusé", "Votre requête a été bloquée par notre dispositif de sécurité."),
}


def answer(request: Request, base: str) -> Response | None:
    """The status named by the path."""
    if request.path == "/empty":
        return page("")
    parts = request.path.strip("/").split("/")
    if parts[0] == "status" and len(parts) > 1:
        text = "<html><body><p>Réponse de service.</p></body></html>"
        return page(text, status=int(parts[1]), headers=_wait(request))
    if parts[0] == "wall" and len(parts) > 1 and parts[1] in WALLS:
        status, title, words = WALLS[parts[1]]
        ray = f"<p>{request.query['ray']}</p>" if "ray" in request.query else ""
        text = f"<html><head><title>{title}</title></head><body><h1>{title}</h1><p>{words}</p>{ray}</body></html>"
        return page(text, status=status)
    return None


def _wait(request: Request) -> tuple[tuple[str, str], ...]:
    """The Retry-After header as asked: seconds or any text as it is, or a date counted from now."""
    wanted = request.query.get("retry-after")
    if wanted is None:
        return ()
    if wanted.startswith("date:"):
        wanted = http_date(datetime.now(UTC) + timedelta(seconds=int(wanted.removeprefix("date:"))))
    return (("Retry-After", wanted),)
