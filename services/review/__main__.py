from runtime.worker import run

run("review")
