"""Every word of the console that no event says, in both languages."""
