"""Shared by commands: text of arguments in, values out; values in, printed text out.

arguments          types of arguments
exit_codes         exit statuses
formatting         tables, sizes, durations
progress_display   progress on standard error
"""
