"""A whole installation on one machine: the development broker, child processes, who finds whom."""
