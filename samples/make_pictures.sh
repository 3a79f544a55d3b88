#!/bin/sh
# Makes the GIFs and strip photographs beside the clips, with the commands that README.md explains.
set -e
cd "$(dirname "$0")"

rollscan vase.mp4 --gif vase.gif --scale 0.6 --loop match
rollscan vase.mp4 --still vase.png --direction up --slit-width auto
rollscan dancer.mp4 --gif dancer.gif --scale 0.6 --slit 0.47 --direction down --loop wrap
rollscan race.mp4 --gif race.gif --scale 0.5 --direction left --slit-width 2 --loop wrap --max-size 1.3MB
rollscan race.mp4 --still race.png --slit-width auto
rollscan race.mp4 --still riders.jpg --strip moving --slit 0.9

for mode in cut wrap boomerang crossfade match; do
    rollscan vase.mp4 --gif "loop-$mode.gif" --width 120 --loop "$mode"
done

# Each look on a clip that suits it, small. They are smooth with pip install "rollscan[smooth]".
# The clips repeat after 2 s (dress), 0.8 s (porcelain), 2.16 s (cups) and 3 s (balls).
for look in stargate bloom whirl unroll mandala loom ribbon pour mirror twist sweep; do
    rollscan dress.mp4 --look "$look" --gif "look-$look.gif" --width 200 --fps 12.5 --end 2s --max-size 600KB
done
rollscan porcelain.mp4 --look spiral --gif look-spiral.gif --width 200 --end 0.8s --loop wrap --max-size 600KB
rollscan cups.mp4 --look vortex --gif look-vortex.gif --width 240 --fps 12.5 --end 2.16s --loop wrap --max-size 600KB
for look in ripple ghost; do
    rollscan balls.mp4 --look "$look" --gif "look-$look.gif" --width 240 --fps 12.5 --loop wrap --max-size 600KB
done
rollscan street.mp4 --look marey --gif look-marey.gif --width 260 --length 5s --max-size 600KB
rollscan race.mp4 --look finish-line --gif look-finish-line.gif --width 200 --fps 12.5 --max-size 400KB

for look in pour ripple ghost; do
    rollscan bird.mp4 --look "$look" --no-fit --smooth --gif "bird-$look.gif" --width 220 --fps 12 --max-size 330KB
done

python directions.py
python film.py
python slit_scan.py
python before_after.py
