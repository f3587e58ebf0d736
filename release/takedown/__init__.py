"""Takedown: what was retracted from a release, and the command that retracts.

The face for outsiders: tombstones (`Takedown`, `Request`), the rows that they name, and
`retract`, each loaded when it is asked for. In goes a request that names sources, people or
clips; out comes a release without them, with a tombstone for each.
"""
