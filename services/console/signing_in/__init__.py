"""Signs operators in to the console: who somebody is, for how long, and how they prove it."""
