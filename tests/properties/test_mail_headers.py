"""Mail headers and hostile texts in mails: one line, nothing hidden, and a message that can always be built."""

import email
import unicodedata
from datetime import UTC, datetime
from email import policy

from hypothesis import given
from hypothesis import strategies as st

from archive.catalogue.outbox import Letter, Message
from config.mail import Mail
from indexer.alerts.delivery import build_mail
from indexer.alerts.phrases import ENGLISH, FRENCH, Phrases
from indexer.alerts.wording import SUBJECT_CHARACTERS, clean, safe_link, say_subject
from tests.properties.effort import soon, tried_on

NASTY = (
    "\r\n", "\n", "\0", "\u202e", "\u2066", "\u200b", "\u00ad", "\ud800", "\udfff", "\x1b[31m", "\x85", "\u2028",
    "=?utf-8?q?a?=", "Bcc: tous@exemple.test", "<script>", "é", "e\u0301", "🚓", "a" * 400, " ", "\t", "{what}",
    "{", "%s", "\ue000", "\U000e0041",
)  # fmt: skip
texts = st.lists(st.sampled_from(NASTY) | st.text(st.characters(exclude_categories=()), max_size=10), max_size=12).map(
    "".join
)
HIDDEN = ("Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp")


def is_plain(line: str) -> bool:
    """One line of signs that can be seen."""
    return not any(unicodedata.category(letter) in HIDDEN for letter in line)


@tried_on(600)
@given(texts, st.integers(2, 300))
def test_a_cleaned_text_is_one_visible_line_within_its_length(text: str, limit: int) -> None:
    with soon():
        line = clean(text, limit)
    assert is_plain(line) and len(line) <= limit and line == line.strip()
    assert clean(line, limit) == line


@tried_on(400)
@given(
    st.lists(texts, min_size=1, max_size=3),
    st.lists(texts, max_size=3),
    st.integers(0, 5000),
    st.sampled_from((FRENCH, ENGLISH)),
)
def test_a_mail_with_any_titles_is_built_and_reads_back(
    titles: list[str], sources: list[str], count: int, phrases: Phrases
) -> None:
    subject = say_subject([(count, phrases.new)], titles, sources, phrases)
    assert is_plain(subject) and len(subject) <= SUBJECT_CHARACTERS
    said = "\n".join(clean(title) for title in titles)
    message = Message(
        id=1, digest=1, letter=1, recipient="redaction@exemple.test", message_id="<1@exemple.test>", queries=("greve",),
        made_at=datetime(2026, 3, 2, 12, 0, tzinfo=UTC), state="pending", attempts=0, uncertain=0, next_attempt_at=None,
        ended_at=None, said=None,
    )  # fmt: skip
    data = build_mail(Mail(), message, Letter(subject, said, f"<p>{said}</p>")).as_bytes()
    read = email.message_from_bytes(data, policy=policy.default)
    assert sorted(read.keys()) == sorted(set(read.keys())), "no title adds a header"
    assert (read["To"], read["Bcc"]) == ("redaction@exemple.test", None)
    assert str(read["Subject"]).strip() == subject.replace("=?", "= ?")
    assert data.isascii() and max(len(line) for line in data.split(b"\r\n")) <= 998


@tried_on(500)
@given(texts | texts.map(lambda text: "https://" + text) | texts.map(lambda text: "javascript:" + text))
def test_only_addresses_of_the_web_become_links(text: str) -> None:
    link = safe_link(text)
    assert link is None or (
        link.lower().startswith(("http://", "https://")) and link.isascii() and link.isprintable() and " " not in link
    )
