"""The machine that watches the others of a region: what can be set about it, and who may reach what of it and for it."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from model.plain_host import PlainHost
from model.setting import Network, Port, Setting

SecretName = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{0,60}$")]
MailAddress = Annotated[str, Field(pattern=r"^[^@\s<>,]+@[A-Za-z0-9.-]+$")]
Relay = Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]+:[0-9]{1,5}$")]


class Mail(Setting):
    """Alarms by e-mail."""

    to: Annotated[tuple[MailAddress, ...], Field(min_length=1)]
    """Who gets them."""
    sender: MailAddress
    """From whom they seem to come."""
    relay: Relay
    """The server that takes them, as in `smtp.example.com:587`."""
    user: str | None = None
    """Who logs in there; left out: nobody does."""
    password: SecretName | None = None
    """The name of the password in `slipway:secrets`."""
    tls: bool = True
    """Whether the server must speak TLS (STARTTLS, but for port 465)."""

    @model_validator(mode="after")
    def _user_and_password_go_together(self) -> Self:
        if (self.user is None) != (self.password is None):
            raise ValueError("needs `user` and `password` together, or neither")
        return self


class Alerts(Setting):
    """Who is told when something is alarming. Secrets are named here, go to the monitor alone, and not to the service."""

    webhooks: tuple[SecretName, ...] = ()
    """Names in `slipway:secrets` of URLs that get Alertmanager's JSON; who knows such a URL may use it, so it is a secret."""
    mail: Mail | None = None
    """Alarms by e-mail."""
    repeat: Annotated[int, Field(ge=60)] = 14400
    """Seconds after which one that goes on is told again."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """The names of all."""
        mail = (self.mail.password,) if self.mail and self.mail.password else ()
        return tuple(dict.fromkeys((*self.webhooks, *mail)))


class Monitor(PlainHost):
    """The machine that watches the region's others with Debian's Prometheus and Alertmanager (docs/monitoring.md)."""

    listen: Port = 80
    """Where its pages are: Prometheus at `/`, Alertmanager at `/alertmanager/`."""
    readers: tuple[Network, ...] = ()
    """Who may see them. Nobody but the machine itself unless given: they have no log-in of their own."""
    metrics: Port = 9180
    """Where hosts and edge answer the monitor, and nobody else."""
    asks_from: tuple[Network, ...] = ()
    """The addresses from which they see it ask, where that is not its `address`."""
    alerts: Alerts = Alerts()
    """Who is told."""
    every: Annotated[int, Field(ge=1, le=60)] = 15
    """Seconds between two looks; how long most alarms wait before they fire follows from it."""
    retention: Annotated[int, Field(ge=1, le=3650)] = 15
    """Days that are kept."""
    objective: Annotated[float, Field(ge=50, lt=100)] = 99.9
    """Percent of requests that must end well, and of the time in which they must not be slow, of a month."""
    slow: Annotated[float, Field(gt=0, le=60)] = 1
    """Seconds of the mean request, above which it is slow."""
    settle: Annotated[int, Field(ge=1, le=86400)] = 900
    """Seconds for which hosts may run different releases before that is alarming."""
    path: Annotated[str, Field(pattern=r"^/[!#-~]*$")] | None = None
    """What it asks for as users do; `service.health.path` unless given."""

    @property
    def url(self) -> str:
        """Where its pages are."""
        from model.door import authority

        return f"http://{authority(self.address, self.listen).removesuffix(':80')}/"

    @property
    def sources(self) -> tuple[str, ...]:
        """From where it asks."""
        return self.asks_from or (self.address,)
