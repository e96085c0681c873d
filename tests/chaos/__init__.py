"""Chaos on the real thing: real Kafka, real databases, real processes, and everything that can go wrong under load."""
