"""What every room needs of the machine: files, processes, and the commands of this installation.

atomic_files       files that appear whole or not at all; locks
install_commands   what is installed, what works here, what to type
portable_errors    errors that cross from one process to another
"""
