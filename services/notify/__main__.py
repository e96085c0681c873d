from runtime.worker import run

run("notify")
