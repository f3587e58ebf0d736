"""Numbers over samples, with what they are worth. Pure NumPy and SciPy.

    samples        FeatureSet (vectors) and SampleScores (a number a sample): checked when made
       |
       +--> frechet, kid, means, concordance, response_gap     one model: Estimate
       |            |
       |            jackknife     the value without each source: bias, standard error
       |                |
       |            uncertainty   degrees of freedom, interval, p
       |
       +--> comparing   two models, paired: Comparison;  multiplicity   Holm over the headlines
       +--> halves      real against real: the floor

The mental model: **sources are drawn, samples are not.** Four samples of one conversation are one
draw of a conversation. So every standard error here comes from leaving out one source at a time,
in both sets at once. For a mean this is the cluster-robust standard error; for a Fréchet distance
it also removes the bias; for two models the difference is taken before sources are left out.
"""
