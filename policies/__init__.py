"""What an operator decides, as data: one folder a pack. `pack.py` says what a pack may hold.

`files` reads what people write, `faults` says what is wrong with it, `rules` and `clocks` work it out for one request,
`owners` is what the owner of a pack works with.
"""
