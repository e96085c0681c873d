from runtime.worker import run

run("billing")
