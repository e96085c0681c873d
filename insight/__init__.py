"""What the event history tells afterwards: reports, what another pack would have decided, every notice to look at."""
