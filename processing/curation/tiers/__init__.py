"""What becomes of the clips of finished sources: scores, tiers, samples, and what was lost.

scoring        annotated clips of all sources --> one table of scores, the frozen percentile
catalogue      clips, gates --> tiers --> samples by source, for planning, cutting and writing
funnel         stages, gates --> what each step kept
clipless       finished videos without a clip in the release --> what lost them
unused_cuts    cut clips that no sample can ask for any more --> removed
"""
