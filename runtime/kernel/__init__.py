"""The kernel: a batch of arrivals in, one transaction, and what must go out because of it; the SQL of every service."""
