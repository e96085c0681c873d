"""The words all services share: topics, messages and what a carrier must answer. Start at `flow.py`."""
