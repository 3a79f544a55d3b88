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

# A look on a clip that suits it, small. --smooth needs pip install 'rollscan[smooth]'.
small="--width 180 --fps 12 --end 3 --max-size 300KB"
for pair in ribbon:dancer spiral:vase pour:dancer mirror:vase finish-line:race twist:dancer \
    ripple:vase ghost:race; do
    look=${pair%:*}
    rollscan "${pair#*:}.mp4" --look "$look" --no-fit --smooth --gif "look-$look.gif" $small
done
rollscan dancer.mp4 --look sweep --no-fit --gif look-sweep.gif $small
rollscan race.mp4 --look stargate --no-fit --smooth --gif look-stargate.gif $small
rollscan bird.mp4 --look bloom --no-fit --smooth --gif look-bloom.gif $small
rollscan dancer.mp4 --look whirl --no-fit --smooth --gif look-whirl.gif $small
rollscan vase.mp4 --look mandala --no-fit --gif look-mandala.gif $small
rollscan dancer.mp4 --look vortex --no-fit --smooth --gif look-vortex.gif $small
rollscan vase.mp4 --look unroll --no-fit --smooth --gif look-unroll.gif $small
rollscan race.mp4 --look marey --no-fit --gif look-marey.gif $small
rollscan dancer.mp4 --look loom --no-fit --smooth --gif look-loom.gif $small

for look in pour ripple ghost; do
    rollscan bird.mp4 --look "$look" --no-fit --smooth --gif "bird-$look.gif" --width 220 --fps 12 --max-size 330KB
done

python directions.py
python film.py
