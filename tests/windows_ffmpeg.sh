#!/bin/bash
# Windows' ffmpeg under Wine, to be named in IMAGEIO_FFMPEG_EXE. FFMPEG_WIN names the .exe, and
# WINEPREFIX a folder that `wineboot -i` has made.
export HOME=$WINEPREFIX TMPDIR=/tmp  # where Wine leaves files of its own
export WINEDEBUG=-all WINEARCH=win64 WINELOADER=/usr/lib/wine/wine64
before=
words=()
for word in "$@"; do
    # Wine opens standard input for reading alone, but rollscan has frames' times written to it.
    if [ "$before $word" = "-stats_enc_pre:v pipe:0" ]; then
        words+=("/proc/$$/fd/0")
    else
        words+=("$word")
    fi
    before=$word
done
exec "$WINELOADER" "$FFMPEG_WIN" "${words[@]}"
