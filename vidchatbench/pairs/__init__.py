"""The test pairs of a release: what a model is given, and what its reply is judged by.

release, config `vidchatbench` --open_bench--> Bench --> BenchItem   goes to the model
                                                 '-----> Answer      never does
drawing     a release --> sources that become test sources, by a stated rule --> pairs.json
held_out    which other clip shows and sounds like the person who answers
"""
