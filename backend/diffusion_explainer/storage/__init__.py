"""Traces as files: bundles on disk or object storage, and single files to download.

Modules, in reading order:

    bundle_format   a trace as the files of a bundle, and back
    archive         a bundle as one .zip
    bundle_store    the one reader and writer of bundles
    library         the store and the gallery as one
    png_metadata    a request inside a PNG
    formats         the files a run can be exported as
"""
