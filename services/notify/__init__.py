"""Tells the customer at every step, on the next contact route when one fails."""
