"""What recorded traces say: about each other, and in fewer dimensions.

Modules, in reading order:

    comparison      two traces: what differs, how far, and when
    leave_one_out   a prompt without each of its words
    grid            two settings varied
    projection      many dimensions in two: PCA, UMAP
    trajectory      the paths of several runs through latent space
    payloads        the same as JSON
"""
