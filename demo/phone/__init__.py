"""A phone, a hotline and a counter to click: the customer's and the clerk's side, over intake's public API only."""

PORT = 8090
