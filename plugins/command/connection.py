"""A `connection` property as a value: whom to dial, how to log in, how long to try. Not for dialling itself."""

from __future__ import annotations

from dataclasses import dataclass, field

from plugins.values import Values


@dataclass(frozen=True, kw_only=True)
class Connection:
    """With the original's defaults. `dial_timeout` in seconds, 0 for none; `dial_error_limit` -1 for no limit."""

    host: str
    user: str = "root"
    port: int = 22
    password: str | None = field(default=None, repr=False)
    private_key: str | None = field(default=None, repr=False)
    private_key_password: str | None = field(default=None, repr=False)
    agent_socket: str | None = None
    dial_error_limit: int = 10
    dial_timeout: int = 15
    host_key: str | None = None
    proxy: Connection | None = None

    @classmethod
    def of(cls, values: Values) -> Connection:
        """The connection that checked inputs describe; a property that is null has its default."""
        given = {name: value for name, value in values.items() if value is not None}
        names = {
            "host": "host",
            "user": "user",
            "port": "port",
            "password": "password",
            "privateKey": "private_key",
            "privateKeyPassword": "private_key_password",
            "agentSocketPath": "agent_socket",
            "dialErrorLimit": "dial_error_limit",
            "perDialTimeout": "dial_timeout",
            "hostKey": "host_key",
        }
        proxy = cls.of(given["proxy"]) if "proxy" in given else None
        return cls(proxy=proxy, **{names[name]: value for name, value in given.items() if name in names})

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.user}@{host}:{self.port}"
