"""The HTTP routes, one module a noun.

Modules, in reading order:

    model           what is loaded, and what a request may be
    gallery         the precomputed traces
    traces          one trace: request it, read it, stop its job
    events          the events of its job
    exports         it as one file
    branches        a stored run that changes from a step on
    group_routes    what the routes of every kind of group share
    comparisons     two to four runs, and what differs
    leave_one_outs  a prompt, and the same without each of its words
    grids           a run for each combination of two settings
    streams         the events of many runs and groups on one connection
    trajectories    the latents of stored runs in two dimensions
    health          health and metrics
    documentation   the API in words
    page            the built page
"""
