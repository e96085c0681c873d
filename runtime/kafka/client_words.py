"""Who we are and whom we trust, in the words of each Kafka client."""

from typing import Any

from runtime.kafka.security import Security
from runtime.kafka.tokens import token_provider


def for_kafka_python(security: Security) -> dict[str, Any]:
    """What KafkaConsumer, KafkaProducer and KafkaAdminClient must be told; nothing where Kafka is open."""
    if security.protocol == "plaintext":
        return {}
    files = {"ssl_cafile": security.ca, "ssl_certfile": security.certificate, "ssl_keyfile": security.key}
    files["ssl_password"] = security.key_password
    options: dict[str, Any] = {name: file for name, file in files.items() if file}
    if security.mechanism == "OAUTHBEARER":
        options |= {"sasl_mechanism": security.mechanism, "sasl_oauth_token_provider": token_provider(security)}
    elif security.mechanism:
        options |= {
            "sasl_mechanism": security.mechanism,
            "sasl_plain_username": security.user,
            "sasl_plain_password": security.password,
        }
    return {"security_protocol": security.protocol.upper(), **options}


def for_librdkafka(security: Security) -> dict[str, str]:
    """The same for librdkafka, whose clients are confluent-kafka's and kcat's."""
    if security.protocol == "plaintext":
        return {}
    named = {
        "ssl.ca.location": security.ca,
        "ssl.certificate.location": security.certificate,
        "ssl.key.location": security.key,
        "ssl.key.password": security.key_password,
        "sasl.mechanism": security.mechanism,
    }
    if security.mechanism == "OAUTHBEARER":
        named |= {
            "sasl.oauthbearer.method": "oidc",
            "sasl.oauthbearer.token.endpoint.url": security.token_url,
            "sasl.oauthbearer.client.id": security.user,
            "sasl.oauthbearer.client.secret": security.password,
            "sasl.oauthbearer.scope": security.token_scope,
        }
    elif security.mechanism:
        named |= {"sasl.username": security.user, "sasl.password": security.password}
    return {"security.protocol": security.protocol} | {name: value for name, value in named.items() if value}
