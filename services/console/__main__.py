from runtime.worker import run

run("console")
