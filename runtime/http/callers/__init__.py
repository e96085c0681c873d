"""Who calls a door: what a caller shows, what of it is believed, what he may ask, how often, and a record of it."""
