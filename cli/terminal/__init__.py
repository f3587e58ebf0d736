"""Shared by commands: text of arguments in, values out; values in, printed text out.

arguments          types of arguments
option_groups      options that commands share, by a dataclass
exit_codes         exit statuses
formatting         tables and durations
streams            closed pipes, small character sets
progress_display   progress on standard error
"""
