"""Precomputed traces.

Modules, in reading order:

    spec            what a gallery is to hold, read from YAML
    index           what it holds
    payloads        what it holds, as JSON: pictures with their CLIP embeddings, runs for a map's background
    build           makes it, in shared batches
    build_on_ray    makes it on the machines of a Ray cluster
    static_site     the page and a gallery as plain files
"""
