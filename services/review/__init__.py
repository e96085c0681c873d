"""Approves, rejects with reasons, asks, or refers to a person."""
