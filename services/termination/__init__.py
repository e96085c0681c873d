"""Waits out the notice period, switches off item by item, keeps the promised date."""
