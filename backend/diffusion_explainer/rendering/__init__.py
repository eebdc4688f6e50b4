"""Traces as pictures, animations and HTML.

Modules, in reading order:

    images              pixels to files
    animation           the steps as a WebP, GIF or MP4
    setting_labels      the settings of a run in words
    grid_image          a grid of runs as one picture
    difference_map      sizes of a difference as colors
    inline_image        pictures inside an HTML page
    templating          HTML by Jinja2
    templates           the pages, and their one style sheet
    notebook            how runs show themselves in a notebook
    comparison_report   a comparison as a self-contained page
    trace_report        a run as a self-contained page
"""
