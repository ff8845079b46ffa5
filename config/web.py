"""Where people reach the pages of this installation, so that mails and feeds can lead to them."""

from typing import Annotated

from pydantic import AfterValidator, Field, WithJsonSchema

from config.addresses import check_url
from config.faults import refused
from config.source import Model


def _check_base(value: str) -> str:
    url = check_url(value)
    if "?" in url:
        raise refused("an address without a question mark", "Pages are added to its end")
    return url.rstrip("/")


BaseAddress = Annotated[str, Field(strict=True), AfterValidator(_check_base), WithJsonSchema({"form": "URL"})]


class Web(Model):
    """The pages of this installation."""

    base_address: BaseAddress | None = None
    """Address at which people reach the pages; left out, mails name commands instead of linking to pages."""
