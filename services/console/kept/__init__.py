"""What the console keeps of the events, and how it is found again."""
