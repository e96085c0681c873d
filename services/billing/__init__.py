"""Quotes, settles, holds what is disputed, refunds, waives, issues the final bill."""
