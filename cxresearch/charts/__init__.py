"""Charts and the other things a notebook shows: each drawn or written from a finished table.

`theme` is the look of every chart, `figure` a chart with its words and table, `table` a table on
the page, `answer` the answer at its top and the notes between. One file per topic draws.
"""
