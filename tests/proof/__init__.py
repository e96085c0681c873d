"""What must never happen, checked on effects and topics, never on our own belief. Start at `invariants.py`."""
