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
small="--width 200 --fps 12.5 --max-size 500KB"
for pair in stargate:dress bloom:dress whirl:dress unroll:dress marey:street mandala:porcelain vortex:dress \
    loom:street ribbon:dress spiral:porcelain pour:dress mirror:dress finish-line:race twist:dress \
    ripple:cups sweep:dress ghost:cups; do
    look=${pair%:*}
    rollscan "${pair#*:}.mp4" --look "$look" --gif "look-$look.gif" $small
done

for look in pour ripple ghost; do
    rollscan bird.mp4 --look "$look" --no-fit --smooth --gif "bird-$look.gif" --width 220 --fps 12 --max-size 330KB
done

python directions.py
python film.py
python slit_scan.py
python before_after.py
