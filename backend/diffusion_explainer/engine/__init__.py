"""Runs generations for many clients: a queue, the workers that generate, and events for all who follow.

Modules, in reading order:

    problem_details  errors as RFC 9457 problem details
    event_log        an event in wire form, and a log of them that readers follow
    shares           who wants a run, and when nobody does
    jobs             one generation under way, and the jobs that one pipeline call runs
    protocol         what the server asks of an engine
    workers          what generates: this process, or the machines of a Ray cluster
    metrics          what an engine counts, for Prometheus
    engine           the engine with a model: jobs in a bounded queue, for its worker
    replay           the engine without a model, which knows the gallery
    groups           runs that were requested together
    threads          blocking work beside an event loop
"""
