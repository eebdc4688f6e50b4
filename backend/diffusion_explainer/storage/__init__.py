"""Traces as files: bundles on disk or object storage, and single files to download.

Modules, in reading order:

    png_metadata    a request inside a PNG
    bundle_format   a trace as the files of a bundle, and back
    folder          the files of a bundle in a folder, written whole
    archive         the files of a bundle in one .zip
    bundle          reads a bundle, and says what is wrong with it
    leftovers       what interrupted writers left
    bundle_store    bundles by their ids
    library         the store and the gallery as one
    formats         the files a run can be exported as
"""
