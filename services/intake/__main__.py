from runtime.worker.worker import run

run("intake")
