from runtime.worker.worker import run

run("billing")
