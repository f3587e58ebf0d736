"""Features of a release: what an encoder made of its media, in shards of the same kind.

The face for outsiders: the form (`FeatureForm`, `FeatureEntry`), reading (`Features`,
`array_of`) and writing (`write_features`), each loaded when it is asked for. In go arrays of an
encoder; out come shards, an index, and arrays again by the number of a sample.
"""
