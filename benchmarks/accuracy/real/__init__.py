"""What a profile is worth on real people; see docs/accuracy.md.

material/    packages, fetched by name; their frames, photos and voices
shows/       R with real lips, D with dubbed ones, and who talks in them
stages       a profile's stages from outside: tables, failures, cost
talking, voices, faces, words    one question each
counts       counts with their intervals
figures      all of them, by name
run          the command

No frame, crop or voice of these people leaves the folder of a run; what comes out is numbers.
"""

from .run import default_profile, real_people, real_people_printed

__all__ = ["default_profile", "real_people", "real_people_printed"]
