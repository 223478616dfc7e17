"""Whom an `up` tells how it went. Not for the telling: `make up` does it, when it is over."""

from urllib.parse import urlsplit

from pydantic import Field

from model.setting import Setting

LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Notify(Setting):
    """A chat's webhook, told when a release has succeeded, was put back or has failed."""

    url: str = Field(repr=False)
    """Where to: an incoming webhook of Slack's, or of a chat that takes the same (Mattermost, Rocket.Chat, Zulip). Whoever has it
    may write there, so it is a secret: `pulumi config set --secret --path 'slipway:notify.url' https://…`."""

    def refusals(self, key: str) -> list[str]:
        """One sentence if nothing could be sent there. The URL is not shown."""
        try:
            parts = urlsplit(self.url)
            sent = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
        except ValueError:
            return [f"{key}.url is no URL; set one that begins with https://."]
        if sent and parts.hostname:
            return []
        return [
            f"{key}.url is not sent to in the open: set one that begins with https://, or with http://localhost."
        ]
