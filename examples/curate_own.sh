#!/bin/sh
# From a folder of your own videos to a release, checked and described.
#
#     sh examples/curate_own.sh TALKS my-talks
#
# A run that is stopped continues where it was: start it again.
set -eu
talks=$1 release=$2

speakervid5m curate plan "$talks" --out "$release"     # stages, models, time; runs nothing
speakervid5m curate run "$talks" --out "$release" --jobs "${JOBS:-2}"
speakervid5m curate report "$talks" --out "$release"   # what was kept, what was dropped, and why
speakervid5m verify "$release"                         # every byte
echo "next: speakervid5m explore $release"
