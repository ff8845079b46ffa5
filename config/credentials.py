"""Keys and passwords that the environment holds. None of them is ever shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from config import cluster, kibana_server, mail, webhook


@dataclass(frozen=True)
class Credentials:
    """What proves who we are to the servers that we speak to; None where the environment does not say."""

    api_key: str | None = field(default=None, repr=False)
    """Of the search cluster."""
    login: str | None = field(default=None, repr=False)
    """Name and password for the search cluster instead of a key."""
    kibana_key: str | None = field(default=None, repr=False)
    mail_password: str | None = field(default=None, repr=False)
    webhook_key: str | None = field(default=None, repr=False)
    """Of webhooks without a key file."""


def read_credentials(environ: Mapping[str, str]) -> Credentials:
    """Read them from the environment; an empty variable counts as none."""
    return Credentials(
        api_key=environ.get(cluster.API_KEY) or None,
        login=environ.get(cluster.LOGIN) or None,
        kibana_key=environ.get(kibana_server.API_KEY) or None,
        mail_password=environ.get(mail.PASSWORD) or None,
        webhook_key=environ.get(webhook.KEY) or None,
    )
