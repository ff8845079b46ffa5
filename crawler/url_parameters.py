"""Query parameters and path parts that do not choose what is read, with the reason for each group.

Promises: everything not named here stays in the key of a URL, so that an unknown parameter makes two documents rather
than losing one.
"""

import re

# They say where the reader came from.
TRACKING_PREFIXES = (
    "utm_",  # Google Analytics and everybody since
    "at_",  # Piano (AT Internet), the usual measure of French press
    "pk_", "mtm_", "matomo_", "piwik_",  # Matomo
    "hsa_", "_hs", "__hs",  # HubSpot
    "ns_",  # comScore
    "fb_", "vero_", "oly_", "wt_", "ga_", "gad_",
)  # fmt: skip
TRACKING_NAMES = frozenset((
    "fbclid", "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "msclkid", "yclid", "twclid", "ttclid", "tblci",
    "obclid", "li_fat_id", "igshid", "igsh", "epik", "xtor", "xtref", "xtcr", "xtmc", "xtnp", "xtatc", "xts",
    "s_kwcid", "s_cid", "cmpid", "ncid", "icid", "_ga", "_gl", "_openstat", "dm_i", "ck_subscriber_id", "mc_cid",
    "mc_eid", "sc_cid", "sc_src", "mkt_tok", "__twitter_impression", "__s", "rb_clickid", "trk", "ito", "echobox",
    "wtmc", "wt.mc_id", "sharedid", "share_id", "shared-by", "ref_src", "ref_url", "replytocom",
))  # fmt: skip
# Marks only with certain values: `?source=rss` is one, `?source=prefecture` may choose the article.
CHANNEL_NAMES = frozenset((
    "ref", "source", "src", "from", "origin", "via", "share", "medium", "campaign",
))  # fmt: skip
CHANNELS = frozenset((
    "rss", "rss2", "feed", "atom", "flux", "twitter", "facebook", "fb", "linkedin", "whatsapp", "telegram",
    "instagram", "bluesky", "mastodon", "x", "social", "newsletter", "nl", "mail", "email", "e-mail", "push", "app",
    "googlenews", "google-news", "google", "news", "flipboard", "share", "partage", "sharing",
))  # fmt: skip
SESSION_NAMES = frozenset((
    "phpsessid", "jsessionid", "sessionid", "session_id", "oscsid", "zenid", "cfid", "cftoken",
))  # fmt: skip
SESSION_VALUE = re.compile(r"[0-9A-Za-z]{24,}")  # `sid` chooses an article on some sites, a session on others
AMP_NAMES = frozenset((
    "amp", "amp_js_v", "amp_gsa", "amp_lite", "_amp", "noamp", "usqp", "isamp",
))  # fmt: skip
# The same text laid out otherwise: `?view=print`, `?output=amp`, `?print=1`.
VIEW_NAMES = frozenset((
    "view", "output", "outputtype", "format", "type", "mode", "page", "action", "tmpl", "layout",
))  # fmt: skip
VIEW_VALUES = frozenset((
    "amp", "amphtml", "print", "printable", "printview", "imprimer", "impression",
))  # fmt: skip
PRINT_NAMES = frozenset((
    "print", "printable", "printview", "printpage", "imprimer", "impression",
))  # fmt: skip
_YES = frozenset(("", "1", "true", "yes", "oui", "y"))

VIEW_SEGMENTS = frozenset(("amp", "print", "imprimer"))
AMP_SUFFIX = re.compile(r"\.amp(?=\.html?$|$)", re.IGNORECASE)
SESSION_IN_PATH = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/;]*", re.IGNORECASE)
SESSION_SEGMENT = re.compile(r"\(s\([0-9a-z]{20,}\)\)", re.IGNORECASE)


def chooses_nothing(name: str, value: str) -> bool:
    """True for a parameter that does not choose what is read; both in lower case, escapes undone."""
    if name in TRACKING_NAMES or name.startswith(TRACKING_PREFIXES) or name in AMP_NAMES:
        return True
    if name in CHANNEL_NAMES and value in CHANNELS:
        return True
    if name in VIEW_NAMES and value in VIEW_VALUES:
        return True
    if name in PRINT_NAMES and value in _YES:
        return True
    if name in SESSION_NAMES or name.startswith("aspsessionid"):
        return True
    return name in ("sid", "s") and SESSION_VALUE.fullmatch(value) is not None
