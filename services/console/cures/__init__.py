"""What operators order: about requests, dead letters and persons, alone or two together."""
