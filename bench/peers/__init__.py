"""The same saga on what others would pick; each file runs in an environment of its own, without ours."""
