#!/bin/sh
# Makes the GIFs and strip photographs beside the clips, with the commands that README.md explains.
set -e
cd "$(dirname "$0")"

rollscan vase.mp4 --gif vase.gif --scale 0.6 --loop match
rollscan vase.mp4 --still vase.png --direction up --slit-width auto
rollscan dancer.mp4 --gif dancer.gif --scale 0.6 --slit 0.47 --direction down --loop wrap
rollscan race.mp4 --gif race.gif --scale 0.5 --direction left --slit-width 2 --loop wrap
rollscan race.mp4 --still race.png --slit-width auto

for mode in cut wrap boomerang crossfade match; do
    rollscan vase.mp4 --gif "loop-$mode.gif" --width 160 --loop "$mode"
done

python directions.py
