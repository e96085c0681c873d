from runtime.worker import run

run("termination")
