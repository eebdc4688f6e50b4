"""What generates for an engine: this process, or the machines of a Ray cluster.

Modules, in reading order:

    protocol      what an engine asks of a worker
    shared_model  a copy of the model on a thread, where all runs share its calls
    local         the worker in this process
    replica       a copy of the model on a machine of a Ray cluster
    ray           the worker that uses the replicas
"""
