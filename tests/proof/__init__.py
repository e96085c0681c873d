"""What must never happen (I1-I15), checked on effects and topics, never on our own belief. Start at `invariants.py`."""
