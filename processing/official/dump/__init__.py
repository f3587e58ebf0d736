"""The files of a dump as bytes: where they are, archives read as streams, and what can be wrong.

files                       where the files of a dump are
archives                    an archive to its members
tar_headers, gzip_streams   what archives are made of
problems                    what can be wrong with a file, and what it held instead
"""
