"""What is recorded: one traced generation, in numpy alone. Knows nothing of storage and rendering.

Modules, in reading order:

    diffusion       the mathematics of one step
    attention       cross-attention as one small map a token
    model_card      which model made a trace
    sprites         many pictures in one file
    step            one step: its tensors and their arithmetic
    trace           Trace and Token
    tokens          a prompt in the model's slots
    outputs         what a record can be turned into, by functions that the package's top registers
"""
