"""Pages made by chance, full of what extraction libraries look for: the same page for the same seed.

The prose is invented; classes, ids and tags are the words that decide what is an article, a comment, a teaser, a menu.
"""

import random

PARTS = (
    "Les agents de la brigade de Montfleury demandent des renforts avant l'été",
    "le préfet du Val a reçu une délégation mardi matin, sans donner de date",
    "« Nous ne pouvons plus assurer les patrouilles de nuit », dit le secrétaire départemental",
    "trois véhicules sur huit sont au garage depuis le début du mois de mars",
    "la mairie promet une réponse, les habitants du quai des Tanneurs attendent",
    "une réunion est prévue le 14 mai à 18 h 30 dans la salle des fêtes",
)
NAMES = (
    "article-body post-text post entry story text main main-content Main-Content page-content content entry-content "
    "comments comment-list Commentary article-comments disqus_thread infinite-scroll mvp-post-add-box teaser Teaser "
    "caption hidden hide-x message reply-1 elementor-share-buttons fulltext FULLTEXT articleBody primary single-post "
    "footer Footer sidebar share nav menu related cookie-banner newsletter author byline bottom bottom-bar link border "
    "premium tags meta widget popup header wrapper row box"
).split()
BLOCKS = "div div div section article main p p p p ul aside header footer nav form table blockquote figure".split()
VALUES = {
    "style": ("display:none", "display: none", "border:1px", "color:red", "visibility:hidden"),
    "role": ("navigation", "article", "main", "Nav"),
    "aria-hidden": ("true", "false"),
    "itemprop": ("articleBody", "author", "headline", "datePublished"),
    "data-component": ("MostPopularStories", "Byline"),
    "data-lp-replacement-content": ("1",),
}


def make_page(seed: int) -> str:
    """One page."""
    chance = random.Random(seed)
    head = "<title>Montfleury : la brigade de nuit attend des renforts - Gazette du Val</title>"
    scripts = "".join(f"<script>var a{n} = '<p>{n}</p>';</script>" for n in range(chance.randint(0, 3)))
    body = "".join(_block(chance, chance.randint(1, 4)) for _ in range(chance.randint(2, 7)))
    if chance.random() < 0.5:
        text = "".join(f"<p>{_inline(chance)} {_inline(chance)}</p>" for _ in range(chance.randint(3, 40)))
        body += f"<article{_names(chance)}><div{_names(chance)}>{text}</div></article>"
    return f"<html lang='fr'><head>{head}{scripts}</head><body>{body}</body></html>"


def _block(chance: random.Random, depth: int) -> str:
    tag = chance.choice(BLOCKS)
    if tag == "ul":
        inner = "".join(f"<li{_names(chance)}>{_inline(chance)}</li>" for _ in range(chance.randint(1, 6)))
    elif tag == "table":
        inner = "".join(f"<tr><td>{_inline(chance)}</td><th>{_inline(chance)}</th></tr>" for _ in range(2))
    elif tag == "p" or depth == 0:
        inner = " ".join(_inline(chance) for _ in range(chance.randint(0, 5)))
    else:
        inner = "".join(_block(chance, depth - 1) for _ in range(chance.randint(0, 6)))
    loose = _inline(chance) if chance.random() < 0.15 else ""
    return f"{_odd(chance)}<{tag}{_names(chance)}>{loose}{inner}</{tag}>{loose}\n"


def _inline(chance: random.Random) -> str:
    text = f"{chance.choice(PARTS)}{chance.choice(('.', ',', ' !', ''))}"
    kind = chance.random()
    if kind < 0.15:
        return f"<a href='/{chance.randint(1, 99)}'{_names(chance)}>{text[:40]}</a>"
    if kind < 0.25:
        return f"<span{_names(chance)}>{text}</span>"
    return f"{text}<br>{text} <b>{text[:12]}</b>" if kind < 0.35 else text


def _odd(chance: random.Random) -> str:
    """Now and then what the steps of an extraction treat apart."""
    return chance.choice(
        (*[""] * 80, "<h1>La brigade de nuit attend</h1>", "<h2>Sur le même sujet</h2>", "<svg><title></title></svg>",
         "<iframe src='https://www.youtube.com/embed/x'></iframe>", "<noframes><p>a</p></noframes>",
         "<textarea>brouillon</textarea>", "<math alttext='x^2'>x</math>", "<time datetime='2025-05-14'>14 mai</time>",
         "<script type='application/ld+json'>{\"@type\": \"DiscussionForumPosting\"}</script>", "<pre>a = {1}</pre>")
    )  # fmt: skip


def _names(chance: random.Random) -> str:
    given = []
    for name in ("class", "id"):
        if chance.random() < 0.35:
            value = " ".join(chance.choice(NAMES) for _ in range(chance.choice((1, 1, 1, 2, 3))))
            given.append(f"{name}='{value if chance.random() < 0.97 else ''}'")
    for name, values in VALUES.items():
        if chance.random() < 0.02:
            given.append(f"{name}='{chance.choice(values)}'")
    chance.shuffle(given)
    return "".join(f" {each}" for each in given)
