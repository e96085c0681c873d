"""The pages, made of what is kept and what is watched."""
