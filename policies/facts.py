"""The facts that a pack's decision table may test and its texts may name."""

from typing import get_args

from contracts.carrier.subscriptions import Subscription

MONEY_FACTS = ("arrears", "own_balance")
NUMBER_FACTS = ("arrears", "days_since_port_in", "own_balance", "shared", "dependents_left", "targets")
YES_NO_FACTS = (
    "real_name_verified",
    "locked_in",
    "inside_contract",
    "item_unknown",
    "item_off",
    "change_under_way",
    "free_exit_claimed",
)
WORD_FACTS = {
    name: get_args(Subscription.model_fields[name].annotation) for name in ("status", "account", "segment")
}  # each with every word the CRM may use for it
NAME_FACTS = (  # for texts only
    "unknown_items",
    "off_items_zh",
    "off_items_en",
    "dependents_zh",
    "dependents_en",
    "chains_zh",
    "chains_en",
    "changing_zh",
    "changing_en",
    "exit_ground_zh",
    "exit_ground_en",
    "exit_proof_zh",
    "exit_proof_en",
    "exit_asks_zh",
    "exit_asks_en",
)
FACTS = (*NUMBER_FACTS, *YES_NO_FACTS, *WORD_FACTS, *NAME_FACTS)
ANSWERED = "answered:"  # `answered:identity-document` is true once the customer has answered that question
