"""Each message of the contract as a text to copy and run, made from its example: who publishes it, or who reads it."""

import json
import pprint
from typing import Any, NamedTuple

from contracts.asyncapi import EXAMPLES, example_of
from contracts.flow import command_topic
from contracts.messages import TYPES, Command
from contracts.messages.commands import (
    ConfirmQuote,
    DisputeFee,
    EscalateComplaint,
    ReopenLine,
    ReportProblem,
    RetryPayment,
    SubmitCancellation,
    SupplyInformation,
    WithdrawCancellation,
)
from contracts.rights import spoken_on
from contracts.words import Channel

COLLECTION = "/v1/cancellations"
ADDRESSES = {  # where the HTTP door takes each command
    SubmitCancellation.type: COLLECTION,
    SupplyInformation.type: COLLECTION + "/{id}/information",
    ConfirmQuote.type: COLLECTION + "/{id}/confirmation",
    WithdrawCancellation.type: COLLECTION + "/{id}/withdrawal",
    DisputeFee.type: COLLECTION + "/{id}/dispute",
    ReportProblem.type: COLLECTION + "/{id}/problem",
    EscalateComplaint.type: COLLECTION + "/{id}/escalation",
    RetryPayment.type: COLLECTION + "/{id}/payment",
    ReopenLine.type: COLLECTION + "/{id}/reopening",
}


class Copy(NamedTuple):
    """`language` names it on the page; `text` is what the clipboard gets."""

    language: str
    text: str


class Told(NamedTuple):
    """One message: its body without what is default; `request_id` of the example, which a submission replaces."""

    type: str
    request_id: str
    body: dict[str, Any]

    @property
    def channel(self) -> str:
        return str(self.body["channel"])

    @property
    def topic(self) -> str:
        return command_topic(Channel(self.channel))

    @property
    def begins(self) -> bool:
        return self.type == SubmitCancellation.type


def example_text(kind: str) -> str:
    return (EXAMPLES / f"{kind}.json").read_text(encoding="utf-8")


def told(kind: str, request_id: str = "") -> Told:
    """`request_id`: another one than the example's, for what follows a request."""
    message = TYPES[kind].model_validate_json(example_text(kind))
    return Told(kind, request_id or message.request_id, example_of(TYPES[kind]))


def copies(kind: str, request_id: str = "") -> list[Copy]:
    """A command is published in five ways; an event is read in two."""
    if not issubclass(TYPES[kind], Command):
        topic = spoken_on(TYPES[kind])[0]
        return [Copy("kcat", _read_by_kcat(topic)), Copy("Python", _read_by_python(topic, kind))]
    message = told(kind, request_id)
    made = {"curl": _curl, "kcat": _kcat, "Python": _python, "JavaScript": _javascript, "Java": _java}
    return [Copy(language, text(message)) for language, text in made.items()]


# ---- publishing ------------------------------------------------------------------------------------------------------


def here(text: str, intake: str, kafka: str) -> str:
    """Where the reader's own run listens stands in it, for whoever sets nothing."""
    return text.replace("http://127.0.0.1:8000", intake.rstrip("/")).replace(
        "127.0.0.1:9092", kafka or "127.0.0.1:9092"
    )


def _curl(message: Told) -> str:
    path = ADDRESSES[message.type].format(id=message.request_id)
    return f"""DOOR=${{TUIDING_INTAKE:-http://127.0.0.1:8000}}
curl -sS --fail-with-body $DOOR{path} \\
  -H 'Content-Type: application/json' -H "Idempotency-Key: press-$(date +%s%N)" \\
  -d {_quoted(_json(message.body))}
"""


def _kcat(message: Told) -> str:
    own = "$(python3 -c 'import uuid; print(uuid.uuid4())')" if message.begins else message.request_id
    rest = _quoted(_json(message.body).removeprefix("{").removesuffix("}"))
    return f"""ID={own}
REST={rest}

printf '%s' "{{\\"request_id\\":\\"$ID\\",$REST}}" |
  kcat -P -b ${{TUIDING_KAFKA:-127.0.0.1:9092}} -t {message.topic} -k $ID \\
    -X partitioner=murmur2_random -X acks=all \\
    -H ce_specversion=1.0 -H ce_type={message.type} -H ce_source=/channels/{message.channel} \\
    -H ce_id={_event_id(message)}-$ID -H ce_subject=$ID -H content-type=application/json
echo $ID
"""


def _python(message: Told) -> str:
    own = "str(uuid.uuid4())" if message.begins else f'"{message.request_id}"'
    body = pprint.pformat(message.body, sort_dicts=False, width=100)
    return f"""import json
import os
import uuid

from kafka import KafkaProducer  # pip install kafka-python

request_id = {own}
message = {body}
headers = {{
    "ce_specversion": "1.0",
    "ce_type": "{message.type}",
    "ce_source": "/channels/{message.channel}",
    "ce_id": f"{_event_id(message)}-{{request_id}}",
    "ce_subject": request_id,
    "content-type": "application/json",
}}
producer = KafkaProducer(bootstrap_servers=os.environ.get("TUIDING_KAFKA", "127.0.0.1:9092"), acks="all")
sent = producer.send(
    "{message.topic}",
    key=request_id.encode(),
    value=json.dumps({{"request_id": request_id, **message}}).encode(),
    headers=[(name, text.encode()) for name, text in headers.items()],
)
sent.get(timeout=30)  # without it nobody hears that the broker did not take the record
producer.close()
print(request_id)
"""


def _javascript(message: Told) -> str:
    own = "randomUUID()" if message.begins else f'"{message.request_id}"'
    return f"""import {{ randomUUID }} from "node:crypto";
import {{ Kafka, Partitioners }} from "kafkajs"; // npm install kafkajs

const id = {own};
const message = {{ request_id: id, ...{_json(message.body)} }};
const headers = {{
  ce_specversion: "1.0",
  ce_type: "{message.type}",
  ce_source: "/channels/{message.channel}",
  ce_id: `{_event_id(message)}-${{id}}`,
  ce_subject: id,
  "content-type": "application/json",
}};
const kafka = new Kafka({{ clientId: "channel", brokers: [process.env.TUIDING_KAFKA ?? "127.0.0.1:9092"] }});
const producer = kafka.producer({{ createPartitioner: Partitioners.DefaultPartitioner }});
await producer.connect();
const value = JSON.stringify(message);
await producer.send({{ topic: "{message.topic}", acks: -1, messages: [{{ key: id, headers, value }}] }});
await producer.disconnect();
console.log(id);
"""


def _java(message: Told) -> str:
    own = "UUID.randomUUID().toString()" if message.begins else f'"{message.request_id}"'
    rest = _json(message.body).removeprefix("{").replace("\\", "\\\\").replace('"', '\\"')
    return f"""// Publish.java, with kafka-clients: java -cp 'var/kafka/jars/*' Publish.java
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

public class Publish {{
    public static void main(String[] arguments) throws Exception {{
        String id = {own};
        String message = "{{\\"request_id\\":\\"" + id + "\\",{rest}";
        var record = new ProducerRecord<>("{message.topic}", id, message);
        Map.of(
            "ce_specversion", "1.0",
            "ce_type", "{message.type}",
            "ce_source", "/channels/{message.channel}",
            "ce_id", "{_event_id(message)}-" + id,
            "ce_subject", id,
            "content-type", "application/json"
        ).forEach((name, text) -> record.headers().add(name, text.getBytes(StandardCharsets.UTF_8)));
        String brokers = System.getenv().getOrDefault("TUIDING_KAFKA", "127.0.0.1:9092");
        Map<String, Object> settings = Map.of("bootstrap.servers", brokers, "acks", "all");
        try (var producer = new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {{
            producer.send(record).get(); // throws if the broker did not take it
        }}
        System.out.println(id);
    }}
}}
"""


def _event_id(message: Told) -> str:
    """The verb of its type: one id for one wish of a request, so that twice is once."""
    return message.type.split(".")[1]


def _json(body: dict[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


# ---- reading ---------------------------------------------------------------------------------------------------------


def _read_by_kcat(topic: str) -> str:
    return f"""kcat -C -b ${{TUIDING_KAFKA:-127.0.0.1:9092}} -t {topic} -X isolation.level=read_committed \\
  -o -5 -e -q -f '%h\\n%s\\n\\n'
"""


def _read_by_python(topic: str, kind: str) -> str:
    return f"""import os

from kafka import KafkaConsumer  # pip install kafka-python

consumer = KafkaConsumer(
    "{topic}",
    bootstrap_servers=os.environ.get("TUIDING_KAFKA", "127.0.0.1:9092"),
    auto_offset_reset="earliest",
    isolation_level="read_committed",
    consumer_timeout_ms=10_000,
)
for record in consumer:
    if ("ce_type", b"{kind}") in record.headers:
        print(record.value.decode())
consumer.close()
"""
