"""What engines run: a stage and a source in, tables in the store or a failure out.

stage          a name, what it reads, what decides its result, and a function of a source
unit           one source through one stage: claim, read, run, check, write
results        checks the tables of a stage against its schemas
store          tables by stage and key
out_of_memory  halves batches that do not fit into memory
report         counts and failures of a run
"""
