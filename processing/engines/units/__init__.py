"""What engines run: stages, one unit of a stage, and the store in which its tables stand.

stage          a name, what it reads, what decides its result, and a function of a source
unit           one source through one stage: claim, read, run, check, write
results        what a stage gave, compared with what it says it writes
store          tables by stage and key; `temp_names`: names of unfinished files
out_of_memory  batches that do not fit into memory, in halves
report         what a run did
"""
