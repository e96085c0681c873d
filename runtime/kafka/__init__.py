"""Kafka as everything here meets it: connecting, topics, publishing, reading, lag."""
