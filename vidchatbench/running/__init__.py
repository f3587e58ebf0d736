"""A model is asked, and its replies are kept.

Bench, model --run--> a submission folder: each reply whole or not at all, each failure by name

callable_model   a Python function of this process: nothing of ours is imported by it
worker           a process that reads and answers lines of JSON; killed when it is late
http_model       a server of this machine
reply            what a model may give back, checked
keeping          a checked reply --> its files
"""
