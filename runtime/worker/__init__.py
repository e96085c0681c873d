"""The process: Faust outside, the engine inside, carrier calls, the watchdog, the doors it hosts."""
