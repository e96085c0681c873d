"""What is seen of the broker, the workers and the carrier's systems, and what is wrong with it."""
