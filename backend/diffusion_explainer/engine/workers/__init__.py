"""What draws for an engine: this process, or the machines of a Ray cluster."""
