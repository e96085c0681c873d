"""What an operator decides, as data: one folder a pack. `pack.py` says what a pack may hold."""
