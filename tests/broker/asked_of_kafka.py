"""What anybody who signs in can ask of a broker beside writing and reading, and by which right."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from kafka.protocol.admin import (  # type: ignore[import-untyped,unused-ignore]
    AlterClientQuotasRequest,
    AlterConfigsRequest,
    AlterPartitionReassignmentsRequest,
    AlterReplicaLogDirsRequest,
    AlterUserScramCredentialsRequest,
    CreateAclsRequest,
    CreatePartitionsRequest,
    CreateTopicsRequest,
    DeleteAclsRequest,
    DeleteGroupsRequest,
    DeleteRecordsRequest,
    DeleteTopicsRequest,
    DescribeAclsRequest,
    DescribeClientQuotasRequest,
    DescribeConfigsRequest,
    DescribeGroupsRequest,
    DescribeLogDirsRequest,
    DescribeProducersRequest,
    DescribeTransactionsRequest,
    DescribeUserScramCredentialsRequest,
    ElectLeadersRequest,
    IncrementalAlterConfigsRequest,
    ListPartitionReassignmentsRequest,
    UpdateFeaturesRequest,
)
from kafka.protocol.consumer import (  # type: ignore[import-untyped,unused-ignore]
    HeartbeatRequest,
    JoinGroupRequest,
    LeaveGroupRequest,
    ListOffsetsRequest,
    OffsetDeleteRequest,
    OffsetFetchRequest,
    OffsetForLeaderEpochRequest,
    SyncGroupRequest,
)
from kafka.protocol.producer import (  # type: ignore[import-untyped,unused-ignore]
    AddOffsetsToTxnRequest,
    EndTxnRequest,
    InitProducerIdRequest,
    WriteTxnMarkersRequest,
)

TOPIC, GROUP, BROKER, LOGGER, USER_QUOTA = 2, 3, 4, 8, "user"  # kinds of resources, as the protocol numbers them
SET, SCRAM_512, CONSUMER, NOBODY = 0, 2, "consumer", "nobody-of-ours"
SHORT, LONG, RARE = ("retention.ms", "1"), ("log.retention.ms", SET, "1"), ("request_percentage", 1.0, False)
Ask = Callable[[str], Any]  # of the name of a topic, a group, or of what is invented


class Question(NamedTuple):
    """`right`: the operation of contracts/flow.py that answers it; none: nobody but the administrator may."""

    says: str
    ask: Ask
    right: str = ""


OF_A_TOPIC = (
    Question("how it is set", lambda t: DescribeConfigsRequest(resources=[(TOPIC, t, None)]), "DESCRIBE_CONFIGS"),
    Question("where it ends", lambda t: ListOffsetsRequest(-1, 0, [(t, [(0, -1, -1)])]), "DESCRIBE"),
    Question("its epochs", lambda t: OffsetForLeaderEpochRequest(-1, [(t, [(0, -1, 0)])]), "DESCRIBE"),
    Question("who publishes", lambda t: DescribeProducersRequest([(t, [0])]), "READ"),
    Question("delete records", lambda t: DeleteRecordsRequest([(t, [(0, 0)])], 9000)),
    Question("more partitions", lambda t: CreatePartitionsRequest([(t, 99, None)], 9000, True)),
    Question("delete it", lambda t: DeleteTopicsRequest(topics=[(t, None)], timeout_ms=9000)),
    Question("set it anew", lambda t: IncrementalAlterConfigsRequest([(TOPIC, t, [(SHORT[0], SET, SHORT[1])])], True)),
    Question("set it as of old", lambda t: AlterConfigsRequest([(TOPIC, t, [SHORT])], True)),
    Question("move it", lambda t: AlterPartitionReassignmentsRequest(9000, True, [(t, [(0, [1])])])),
    Question("see it moving", lambda t: ListPartitionReassignmentsRequest(9000, [(t, [0])])),
    Question("elect its leader", lambda t: ElectLeadersRequest(0, [(t, [0])], 9000)),
    Question("move its folder", lambda t: AlterReplicaLogDirsRequest([("/nowhere", [(t, [0])])])),
    Question("end its transactions", lambda t: WriteTxnMarkersRequest([(7, 0, False, [(t, [0])], 0, 0)])),
)
OF_A_GROUP = (
    Question("who is in it", lambda g: DescribeGroupsRequest([g], False), "DESCRIBE"),
    Question("join it", lambda g: JoinGroupRequest(g, 9000, 9000, "", None, CONSUMER, [("range", b"")]), "READ"),
    Question("lead it", lambda g: SyncGroupRequest(g, 1, "somebody", None, CONSUMER, "range", []), "READ"),
    Question("stay in it", lambda g: HeartbeatRequest(g, 1, "somebody", None), "READ"),
    Question("throw somebody out", lambda g: LeaveGroupRequest(group_id=g, members=[("x", None, None)]), "READ"),
    Question("where it is", lambda g: OffsetFetchRequest(groups=[(g, None, -1, None)]), "DESCRIBE"),
    Question("delete it", lambda g: DeleteGroupsRequest([g])),
    Question("forget where it was", lambda g: OffsetDeleteRequest(g, [("cancellation.intake", [(0,)])])),
)
OF_THE_CLUSTER = (
    Question("a topic", lambda x: CreateTopicsRequest([(x, 1, 1, [], [])], 9000, True)),
    Question("a topic like ours", lambda x: CreateTopicsRequest([(f"cancellation.{x}", 1, 1, [], [])], 9000, True)),
    Question("rights", lambda x: DescribeAclsRequest(1, None, 3, None, None, 1, 1)),
    Question("a right", lambda x: CreateAclsRequest([(TOPIC, "*", 3, f"User:{x}", "*", 2, 3)])),
    Question("no rights", lambda x: DeleteAclsRequest([(TOPIC, "*", 3, f"User:{x}", "*", 2, 3)])),
    Question("users", lambda x: DescribeUserScramCredentialsRequest([("tuiding-admin",)])),
    Question("a user", lambda x: AlterUserScramCredentialsRequest([], [(x, SCRAM_512, 8192, b"salt", b"x" * 64)])),
    Question("a user less", lambda x: AlterUserScramCredentialsRequest([(x, SCRAM_512)], [])),
    Question("quotas", lambda x: DescribeClientQuotasRequest([(USER_QUOTA, 2, None)], False)),
    Question("a quota", lambda x: AlterClientQuotasRequest([([(USER_QUOTA, x)], [RARE])], True)),
    Question("disks", lambda x: DescribeLogDirsRequest(None)),
    Question("how the broker is set", lambda x: DescribeConfigsRequest(resources=[(BROKER, "1", None)])),
    Question("its loggers", lambda x: DescribeConfigsRequest(resources=[(LOGGER, "1", None)])),
    Question("set the broker", lambda x: IncrementalAlterConfigsRequest([(BROKER, "1", [LONG])], True)),
    Question("set every broker", lambda x: IncrementalAlterConfigsRequest([(BROKER, "", [LONG])], True)),
    Question("set a logger", lambda x: IncrementalAlterConfigsRequest([(LOGGER, "1", [("kafka", SET, "OFF")])], True)),
    Question("another version", lambda x: UpdateFeaturesRequest(9000, [("metadata.version", 1, 1)], True)),
    Question("a transaction", lambda x: InitProducerIdRequest(x, 9000)),
    Question("a transaction named as ours", lambda x: InitProducerIdRequest("tuiding-billing", 9000)),
    Question("somebody's transaction", lambda x: DescribeTransactionsRequest([x])),
    Question("end a transaction", lambda x: EndTxnRequest(x, 7, 0, True)),
    Question("a group in a transaction", lambda x: AddOffsetsToTxnRequest(x, 7, 0, "tuiding-review")),
)  # fmt: skip


def codes(told: Any) -> Iterator[int]:
    """Every error code in an answer."""
    if isinstance(told, dict):
        for name, value in told.items():
            yield from [value] if name == "error_code" else codes(value)
    elif isinstance(told, list | tuple):
        for value in told:
            yield from codes(value)
