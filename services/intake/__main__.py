from runtime.worker import run

run("intake")
