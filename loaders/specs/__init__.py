"""What a user asks of a loader, and what goes wrong.

In: the arguments of `VideoSpec`, `AudioSpec`, `FeatureSpec`, `Buckets` and `Packing`, checked when
they are made. Out: the window of a clip that they mean. Every other folder imports this one.
"""
