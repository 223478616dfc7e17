"""The service to deploy: where its source is, how it is started, and how one sees that it is well."""

from collections.abc import Iterable
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from model import build_options, placeholder
from model import kind as kinds
from model.architecture import Architecture
from model.health import Health
from model.job import Job, Task
from model.kind import Kind
from model.metrics import Metrics
from model.own_file import FileName, OwnFile
from model.permissions import Permissions
from model.sandbox import Opening, Reason
from model.setting import Name, Port, Seconds, Setting
from model.stack_output import EnvironmentValue
from model.stored_artifact import StoredArtifact

EnvironmentName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
Address = Annotated[str, Field(pattern=r"^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):[1-9][0-9]{0,4}$")]
PortName = Annotated[str, Field(pattern=rf"^{placeholder.PORT_NAME}$")]


class Limits(Setting):
    """What one running copy may use, as systemd and the kernel enforce it."""

    memory: Annotated[str, Field(pattern=r"^(\d+[KMGT]?|\d+%|infinity)$")] = "75%"
    """MemoryMax=: bytes with K, M, G or T, a share of the machine, or `infinity`. Go's GOMEMLIMIT becomes 90 % of it."""
    memory_high: Annotated[str, Field(pattern=r"^(\d+[KMGT]?|\d+%)$")] | None = None
    """MemoryHigh=: above it the kernel slows the copy down and takes memory back, before `memory` ends it."""
    cpu: Annotated[str, Field(pattern=r"^[1-9]\d{0,4}%$")] | None = None
    """CPUQuota=: `50%` is half a processor, `200%` two. Go's GOMAXPROCS follows it."""
    cpu_weight: Annotated[int, Field(ge=1, le=10000)] | None = None
    """CPUWeight=: its share where programs of the machine compete for processors; 100 is everybody's."""
    tasks: Annotated[int, Field(ge=16)] = 4096
    """TasksMax=: threads; a Go program needs one for each blocking system call."""
    files: Annotated[int, Field(ge=1024, le=1048576)] = 65536
    """LimitNOFILE=: open files and sockets."""
    connections: Annotated[int, Field(ge=1)] | None = None
    """Requests at a time on each host; others wait up to two seconds, then get 503. Unless given, as many as come."""


Tag = Annotated[str, AfterValidator(build_options.check_tag)]


class Levels(Setting):
    """The oldest processors that a program must run on. `auto`: what the instance types of the stack surely have."""

    amd64: Literal["v1", "v2", "v3", "v4", "auto"] = "v1"
    """GOAMD64. v1 runs on every one; v3 (AVX2) on those since 2015."""
    arm64: Literal["v8.0", "v8.1", "v8.2", "v8.3", "v8.4", "v8.5", "v9.0", "auto"] = "v8.0"
    """GOARM64. v8.0 runs on every one, v8.2 on Graviton2, v8.4 on Graviton3, v9.0 on Graviton4."""

    def chosen(self, machines: Iterable[tuple[Architecture, str | None]]) -> Self:
        """Without `auto`; `machines` have an architecture and the level that is certain, if one is."""
        certain: dict[Architecture, list[str]] = {each: [] for each in Architecture}
        for architecture, level in machines:
            certain[architecture].append(level or architecture.default_level)
        found = {
            each.value: min(levels, default=each.default_level)
            for each, levels in certain.items()
            if getattr(self, each.value) == "auto"
        }
        return self.model_copy(update=found)


class Service(Setting):
    """One Go program. Either `source` (a directory, with `package` in it) or `module` with `version`."""

    kind: Kind = "service"
    """`worker`: it listens for nobody, such as a consumer of a queue; see docs/service.md for how it shows that it is well."""
    name: Name
    """Names its unit, user and directories on hosts: lower-case letters, digits and hyphens."""
    source: str | None = None
    """A directory with a Go module, relative to the project. The program can show as its version what `variables` say, the
    variable `main.version`, which always has the version that the outputs name, and in the environment `SLIPWAY_RELEASE`, the
    id of the release. Go's own build information has no `vcs.` fields."""
    package: str = "."
    """The main package in `source`: `./cmd/shop`, `cmd/shop`, or its import path."""
    workspace: bool = True
    """Whether a `go.work` above `source` that uses the module takes part, as with `go build` there."""
    module: str | None = None
    """The path of a main package that is published, such as `github.com/mccutchen/go-httpbin/v2/cmd/go-httpbin`."""
    version: str | None = None
    """The published version, such as `v2.26.0`."""
    artifact: StoredArtifact | None = None
    """What is installed in place of a build, as `make promote` writes it."""
    tags: tuple[Tag, ...] = ()
    """Build tags. GOFLAGS plays no part, so that the program is the same whoever builds it."""
    variables: dict[str, str] = Field(default={})
    """Values for string variables of the program (Go's `-X`), such as `example.com/shop/internal/version.Commit: "{commit}"`.
    `{version}`, `{commit}` and `{time}` (the commit's, so that a build can be repeated) are filled in; with `module` only
    `{version}`."""
    strip: bool = True
    """Whether symbols are left out (`-s -w`). A stack trace has its lines without them; a debugger needs them."""
    profile: str | None = None
    """A CPU profile that Go optimises for, relative to the project. Without it, `default.pgo` beside the main package is used."""
    levels: Levels = Levels()
    """Which processors the program may count on; each host is asked before anything on it changes."""
    test: bool = False
    """Whether `go vet` and `go test` must pass first, on the packages in `source` that the program is made from."""
    port: Port = 8080
    """Where each host serves it, behind the host's own proxy."""
    slots: tuple[Port, Port] = (18081, 18082)
    """The two loopback ports that releases take in turns."""
    ports: dict[PortName, tuple[Port, Port]] = Field(default={})
    """Further ports that it listens on, by name, two each: with `{metrics: [9101, 9102]}` a copy has its own `{port:metrics}`."""
    arguments: tuple[str, ...] = ()
    """`{port}` stands for the port that the service must listen on, on 127.0.0.1; see docs/service.md for others in braces."""
    environment: dict[EnvironmentName, EnvironmentValue] = Field(default={})
    """`{port}` as in `arguments`. `{stack, output}` takes what another stack tells. What must stay secret belongs in
    `slipway:secrets`."""
    files: dict[FileName, OwnFile] = Field(default={})
    """Files that travel with the release, by the name below `{files}` that each copy finds them under."""
    secret_files: dict[EnvironmentName, Literal["text", "base64"]] = Field(default={})
    """Those of `slipway:secrets` that it gets as files below `{secretFiles}` and not in its environment; `base64` is decoded."""
    tasks: tuple[Task, ...] = ()
    """What runs once before each release, such as a migration, in this order."""
    schedule: dict[Name, Job] = Field(default={})
    """What runs by the clock, by name."""
    health: Health = Health()
    """How one sees that it is well."""
    metrics: Metrics | None = None
    """Its own metrics, for a region's `monitor`."""
    limits: Limits = Limits()
    """What one running copy may use."""
    needs: tuple[Address, ...] = ()
    """What must accept connections from a host before a release begins there, such as `db.example:5432`; waited for 30 s."""
    notify: bool = False
    """Whether it tells systemd by sd_notify that it is ready (Type=notify); it is asked for its health only then."""
    stop_signal: Literal["SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP", "SIGUSR1", "SIGUSR2"] = "SIGTERM"
    """What asks it to finish; `stopTimeout` seconds later it is killed."""
    stop_timeout: Seconds | None = None
    """How long a copy that was asked to finish may take; `release.drain` unless given."""
    restart: Literal["always", "on-failure", "never"] = "always"
    """When systemd starts it again after it ended by itself."""
    sandbox: dict[Opening, Reason] = Field(default={})
    """What the unit opens for it, each with the reason, such as `{jit: "wazero compiles"}`: see docs/service.md."""
    permissions: Permissions | None = None
    """What it may do in its account on AWS, such as reading a bucket. Its unit may then ask the instance for credentials."""
    request_timeout: Seconds = 60
    """The longest that a request may be silent before the proxies give it up."""

    def stops_within(self, drain: float) -> float:
        """Seconds after which a copy that was asked to finish is killed."""
        return drain if self.stop_timeout is None else self.stop_timeout

    @property
    def texts(self) -> dict[str, str]:
        """The environment, but for what another stack tells as long as that has not been asked."""
        return {name: value for name, value in self.environment.items() if isinstance(value, str)}

    @property
    def metrics_ports(self) -> tuple[int, int] | None:
        """Where each slot answers with metrics of its own, if it has any."""
        if self.metrics is None:
            return None
        return self.ports[self.metrics.port] if self.metrics.port else self.slots

    @property
    def connections(self) -> int | None:
        """Requests at a time, if they are limited."""
        return self.limits.connections

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if (self.source is None) == (self.module is None):
            raise ValueError(
                "needs exactly one of `source` (a directory) and `module` (a module path with `version`)"
            )
        if (self.module is None) != (self.version is None):
            raise ValueError("needs `module` and `version` together, such as `version: v2.26.0`")
        if self.module and self.package != ".":
            raise ValueError(
                "takes `package` only with `source`; with `module` write the package's whole path there"
            )
        if self.module and (self.test or not self.workspace):
            raise ValueError(
                "takes `test` and `workspace` only with `source`; a published module is built as it was published"
            )
        return self

    @model_validator(mode="after")
    def _variables_are_named(self) -> Self:
        for name, value in self.variables.items():
            build_options.check_variable(name, value)
        return self

    @model_validator(mode="after")
    def _distinct_ports(self) -> Self:
        named = {name: list(ports) for name, ports in self.ports.items()}
        every = [self.port, *self.slots, *(port for ports in named.values() for port in ports)]
        if len(set(every)) < len(every):
            raise ValueError(
                f"needs different ports everywhere, but `port` is {self.port}, `slots` are {list(self.slots)}"
                + (f" and `ports` are {named}" if named else "")
            )
        return self

    @model_validator(mode="after")
    def _ports_and_health_are_of_its_kind(self) -> Self:
        texts = (*self.arguments, *self.texts.values())
        others = [text for each in (*self.tasks, *self.schedule.values()) for text in each.arguments]
        for name in placeholder.unknown_ports((*texts, *others), self.ports):
            raise ValueError(
                f"names {{port:{name}}}, but `ports` has {', '.join(self.ports) or 'none'}: add it there"
            )
        if self.metrics and self.metrics.port and self.metrics.port not in self.ports:
            raise ValueError(
                f"has `metrics.port: {self.metrics.port}`, but `ports` has {', '.join(self.ports) or 'none'}: add it there"
            )
        kinds.check(self, texts)
        return self

    @model_validator(mode="after")
    def _tasks_have_names_and_secrets_of_their_own(self) -> Self:
        names = [task.name for task in self.tasks]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"has two `tasks` named {twice}: give each a name of its own")
        told = next((name for name, value in self.texts.items() if "{secretFiles}" in value), None)
        if told and (names or self.schedule):
            raise ValueError(
                f"has {{secretFiles}} in `environment.{told}`, and tasks or jobs, each of which finds them elsewhere: "
                "put it into arguments, or let the program read CREDENTIALS_DIRECTORY"
            )
        return self
