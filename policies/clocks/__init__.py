"""The clocks of a request: what runs, what stands still, what was kept or broken."""
