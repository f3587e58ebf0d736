"""A folder in, the members of a dump's archives as bytes out, or the reason why not.

files                       finds the files of a dump
archives                    an archive in, its members out
tar_headers, gzip_streams   the parts of an archive
problems                    reasons why a file or member cannot be used
"""
