"""Where things are and how patient we are: `TUIDING_...` in the environment or a `.env` file."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from contracts.flow import BY_NAME, PARTITIONS
from contracts.words import as_a_check_said_it
from policies.files.plain_files import read_text
from runtime.machine import machine
from runtime.setting_files import not_both, secret_in, with_password
from runtime.setting_kinds import Address, Base, Brokers, Database, Host, Hosts, Needed, Text, Worker

LOOPBACK = ("localhost", "127.0.0.1", "::1")
CARRIER_PORT = 9000
ENVIRONMENT = Path(".env")

LARGEST = 1_000_000  # beyond it sums with times fail, and nobody means it
Positive = Annotated[float, Field(gt=0, le=LARGEST, allow_inf_nan=False)]  # a time or a rate that can work
Count = Annotated[int, Field(ge=1, le=LARGEST)]


class WrongSetting(Exception):
    """Each setting that no run could have, by its name, and what to write; never the value, which may be secret."""

    def __init__(self, found: ValidationError) -> None:
        self.faults = [
            (str(fault["loc"][0]), as_a_check_said_it(fault["msg"]))
            for fault in found.errors(include_url=False, include_input=False)
        ]
        super().__init__("; ".join(f"TUIDING_{name.upper()}: {said}" for name, said in self.faults))


class Settings(BaseSettings):
    """Each field is `TUIDING_` + its name in capitals: TUIDING_KAFKA=broker:9092."""

    model_config = SettingsConfigDict(
        env_prefix="TUIDING_", env_file=ENVIRONMENT, env_file_encoding="utf-8-sig", extra="ignore", frozen=True
    )

    kafka: Brokers = Field("", description="bootstrap address; empty: `tuiding up` starts a development broker")
    kafka_port: int = Field(9092, description="port of the development broker", ge=0, le=65_535)
    kafka_security: Literal["plaintext", "ssl", "sasl_ssl", "sasl_plaintext"] = Field(
        "plaintext", description="plaintext, ssl, sasl_ssl or sasl_plaintext: how Kafka's clients connect"
    )
    kafka_ca: Text = Field("", description="PEM file with the CA of the brokers; empty: the system's")
    kafka_certificate: Text = Field("", description="PEM file with a client certificate, where brokers ask for one")
    kafka_key: Text = Field("", description="PEM file with the key of that certificate")
    kafka_key_password_file: Text = Field("", description="file with the password of that key, where it has one")
    kafka_mechanism: Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN", "OAUTHBEARER"] = Field(
        "SCRAM-SHA-512", description="SASL: SCRAM-SHA-512, SCRAM-SHA-256, PLAIN or OAUTHBEARER"
    )
    kafka_user: Text = Field("", description="SASL user, one a service; OAUTHBEARER: the client's id")
    kafka_password_file: Text = Field("", description="file with the password or the client's secret")
    kafka_token_url: Text = Field("", description="OAUTHBEARER: the token endpoint of the identity provider")
    kafka_token_scope: Text = Field("", description="OAUTHBEARER: the scope to ask for, where the provider wants one")
    signing_key: Text = Field(
        "", description="PEM file with this service's Ed25519 key, or a folder with it; empty: it signs nothing"
    )
    signers: Text = Field(
        "",
        description="folder of public keys, <service>/<name>.pem or <service>.<name>.pem; set, money events must be "
        "signed; empty: not",
    )
    port_shift: int = Field(
        0,
        ge=0,
        le=50_000,
        description="added to every port not set by hand; such a run keeps its data apart, as in `<data>/shift-100`",
    )
    partitions: Count = Field(PARTITIONS, description="of every topic; more with: tuiding topics grow")
    takes_commands: bool = Field(True, description="false: intake lets commands wait, so that everything else drains")
    shared_commands: bool = Field(
        True,
        description="true: intake reads cancellation.commands, too, and its door writes there, as the release before "
        "this one reads it; false: each channel has its own topic and no other is read",
    )
    data: Needed = Field("var", description="folder of everything a development run keeps")
    database_file: Text = Field(
        "", description="file with that address instead of TUIDING_DATABASE: no environment holds its password"
    )
    database_password_file: Text = Field("", description="file with the password of the user in that address")
    database: Database = Field(
        "", validate_default=True, description="postgresql+psycopg://... ; empty: SQLite files under <data>/db"
    )
    carrier_password_file: Text = Field("", description="file with the password of the user in TUIDING_CARRIER")
    carrier: Address = Field(
        f"http://127.0.0.1:{CARRIER_PORT}", validate_default=True, description="base address of the carrier's systems"
    )
    carrier_ca: Text = Field(
        "", description="PEM file with the CA of the carrier's systems; empty: those that everybody believes"
    )
    quotes: Address = Field(
        "http://127.0.0.1:8002", description="base address of billing, for quotes without a request"
    )
    intake: Address = Field("http://127.0.0.1:8000", description="base address of intake's door, for the command line")
    policy: Needed = Field("cn-carrier", description="name of the policy pack")
    policies: Text = Field("", description="folder of your own packs, beside those that come along")
    host: Host = Field("127.0.0.1", description="address the HTTP ports listen on")
    allowed_hosts: Hosts = Field(
        "", description="further names it is reached by, with commas: console.example, .example for all below it"
    )
    auth: Literal["", "none"] = Field(
        "", description="none: nobody has to sign in to a door; empty: on any address but loopback, everybody has to"
    )
    operators: Text = Field("", description="file with the operators and their passwords: `tuiding operators add`")
    oidc_issuer: Text = Field("", description="identity provider that operators sign in with (OpenID Connect)")
    oidc_client: Text = Field("tuiding-console", description="the console's client id there")
    oidc_secret_file: Text = Field("", description="file with the secret of that client")
    oidc_roles: Text = Field(
        "viewer=tuiding-viewer,operator=tuiding-operator,lead=tuiding-lead",
        description="which group of the provider has which role, with commas",
    )
    oidc_groups: Text = Field("groups", description="the claim that holds somebody's groups")
    public_console: Base = Field("", description="address people reach the console at: https://console.example")
    session_idle_minutes: Positive = Field(30, description="how long a signed-in operator may do nothing")
    session_hours: Positive = Field(10, description="how long a sign-in lasts at most")
    proposal_hours: Positive = Field(24, description="how long an order waits for its second person")
    channels_issuer: Text = Field("", description="identity provider whose access tokens channels bring (RFC 9068)")
    channels_audience: Text = Field("tuiding", description="whom those tokens must be for")
    channels_jwks: Text = Field("", description="address of the provider's keys; empty: its own description says it")
    channels_clients: Text = Field(
        "app=channel-app,web=channel-web,hotline=channel-hotline,counter=channel-counter",
        description="which client of the provider is which channel, with commas",
    )
    channels_secrets_file: Text = Field(
        "",
        description="file with secrets of channels that sign what they send: lines <channel> whsec_...",
    )
    channel_per_second: Positive = Field(50.0, description="requests a channel may make in a second; then 429")
    commands_a_day: Count = Field(100, description="commands for one subscription in a day; then 429")
    port: int = Field(0, description="HTTP port of this service; 0: the one in contracts/flow.py", ge=0, le=65_535)
    worker: Worker = Field("", description="name of this worker among those of its service; empty: machine and port")
    log: Literal["console", "json"] = Field("console", description="console or json")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = "INFO"
    traces: Base = Field("", description="OTLP address of a collector of traces, such as http://127.0.0.1:4318")

    session_timeout_seconds: Positive = Field(10, description="how long a silent worker keeps its partitions")
    call_timeout_seconds: Positive = Field(5, description="how long a carrier system may take to answer")
    calls_at_once: Count = Field(32, description="calls to the carrier in flight per worker")
    batch_records: Count = Field(500, description="most records decided in one transaction")
    request_seconds: Positive = Field(10, description="how long a whole HTTP request may take to arrive")
    connections_at_once: Count = Field(512, description="open HTTP connections; then the slowest gives way, or 503")
    requests_at_once: Count = Field(128, description="HTTP requests in work; further ones are told to come again (503)")
    patience_seconds: Positive = Field(60, description="how long to wait for a database or broker before giving up")
    keep_days: int = Field(
        430, description="how long inbox ids and closed cases are kept; longer than the topics", ge=1, le=36_500
    )
    oldest_work_seconds: Positive = Field(120, description="a message in work for longer ends the process")
    loop_stall_seconds: Positive = Field(30, description="an event loop silent for longer ends the process")
    dead_letters_per_minute: Count = Field(200, description="more decisions that fail than this: the service stops")
    junk_per_minute: Count = Field(200, description="more broken records of one sender are told in one dead letter")

    @model_validator(mode="after")
    def _moved_by_the_shift(self) -> Self:
        """Two runs from one folder share neither a port nor a file; what was set by hand stays."""
        moved = self._moved() if self.port_shift else {}
        for name in moved.keys() - self.model_fields_set:
            object.__setattr__(self, name, moved[name])  # the model is frozen for everybody else
        return self

    def _moved(self) -> dict[str, Any]:
        own = {"quotes": "billing", "intake": "intake"}
        return {
            "kafka_port": self.kafka_port + self.port_shift,
            "carrier": f"http://127.0.0.1:{CARRIER_PORT + self.port_shift}",
            "data": f"{self.data}/shift-{self.port_shift}",
            **{name: f"http://127.0.0.1:{self.usual_port(service)}" for name, service in own.items()},
        }

    @field_validator("database", mode="before")
    @classmethod
    def _of_its_file(cls, given: Any, known: ValidationInfo) -> Any:
        if not (file := known.data.get("database_file")):
            return given
        if given:
            raise not_both("TUIDING_DATABASE")
        return secret_in("TUIDING_DATABASE_FILE", file, "the address of the database").strip()

    @field_validator("database", "carrier")
    @classmethod
    def _with_its_password(cls, given: str, known: ValidationInfo) -> str:
        name = str(known.field_name)
        file = known.data.get(f"{name}_password_file")
        return with_password(f"TUIDING_{name.upper()}", given, file) if file else given

    if not TYPE_CHECKING:  # which knows its fields only without this

        def __init__(self, **given: Any) -> None:
            if ENVIRONMENT.is_file() or ENVIRONMENT.is_fifo():  # what else may have that name is never read
                read_text(ENVIRONMENT)
            try:
                super().__init__(**given)
            except ValidationError as found:
                raise WrongSetting(found) from None

    def as_worker_of(self, service: str) -> Self:
        """Named by itself where nobody named it: no two on a machine share a port, and each comes back on its own."""
        port = self.port or self.usual_port(service)
        named = self.worker or f"{machine(self.data, shared=bool(self.database))}-{port}"
        return self.model_copy(update={"worker": named, "port": port})

    def usual_port(self, service: str) -> int:
        return BY_NAME[service].port + self.port_shift

    @property
    def store(self) -> str:
        return self.database or f"{self.data}/db"
