"""What is asked of a model.

Modules, in reading order:

    validation      what is wrong with a request, in words
    request         a validated request; its canonical form gives its content id
    batches         which requests can share one pipeline call
    variations      requests derived from one: a word left out, a grid, a branch
"""
