"""Owns the containers, protocols and picture sizes with which ffmpeg may open a file.

ffmpeg may open the named file and no other. Playlists (HLS, DASH, ffconcat, IMF, SDP), scripts
(AviSynth) and numbered pictures make it open further files, so their demuxers are not allowed;
nor are the demuxers that render any text as a picture.
"""

from __future__ import annotations

from pathlib import Path

from ..limits import MAX_PIXELS
from .facts import Facts

WITHOUT_EDIT_LIST = ("-ignore_editlist", "1")  # ffmpeg's option for an MP4 or a MOV
REFUSED = "Format not on whitelist"  # ffmpeg's message for a container that is not listed here

CONTAINERS = """
mov mp4 m4a 3gp 3g2 mj2 matroska webm avi gif apng webp_anim jpegxl_anim mpegts mpegtsraw mpeg
mpegvideo m4v h261 h263 h264 hevc vvc evc av1 obu ivf apv avs2 avs3 cavsvideo dirac dnxhd vc1
vc1test mjpeg mjpeg_2000 mpjpeg smjpeg ingenient flv live_flv kux asf asf_o ogg mxf mxg gxf nut nuv
nsv rm ivr dv wtv ty swf yuv4mpegpipe 3dostr 4xm anm argo_asf argo_brp argo_cvg avs bethsoftvid bfi
bink bmv c93 cdg cdxl cine dcstr dfa dhav dsicin dxa ea ea_cdata film_cpk filmstrip fits flic frm
gdv hnm idcin iff ifv ipmovie ipu iss iv8 jv lmlm4 luodat lvf lxf mm mods moflex mtv musx mv mvi
paf pdv pmp psxstr pva r3d rl2 roq rpl sdr2 ser sga siff smk smush sol thp tiertexseq tmv txd usm
vividas vivo vmd vpk wc3movie wsvqa wve xmv yop ico image2 bmp_pipe cri_pipe dds_pipe dpx_pipe
exr_pipe gem_pipe gif_pipe hdr_pipe j2k_pipe jpeg_pipe jpegls_pipe jpegxl_pipe jpegxs_pipe pam_pipe
pbm_pipe pcx_pipe pfm_pipe pgm_pipe pgmyuv_pipe pgx_pipe phm_pipe photocd_pipe pictor_pipe png_pipe
ppm_pipe psd_pipe qdraw_pipe qoi_pipe sgi_pipe sunrast_pipe tiff_pipe vbn_pipe webp_pipe xbm_pipe
xpm_pipe xwd_pipe
aac ac3 aiff amr ape ass au caf eac3 flac mp3 oma srt w64 wav webvtt wv
"""  # the last line is of sound and text: they are opened so that the error can say what they lack


def trim(start: float, limit: float | None) -> list[str]:
    """ffmpeg's input options that seek to `start` and stop after `limit`, both in seconds."""
    seek = ["-ss", f"{start:.6f}"] if start > 0 else []
    return seek if limit is None else [*seek, "-t", f"{limit:.6f}"]


def one_file(path: Path) -> list[str]:
    """ffmpeg's arguments that make it read this file and no other."""
    return [
        *("-protocol_whitelist", "file,pipe"),
        *("-format_whitelist", ",".join(CONTAINERS.split())),
        *("-max_pixels", str(MAX_PIXELS)),
        *_no_pattern(path),
        *("-i", f"file:{path}"),
    ]


def opening(facts: Facts, seek: float = 0.0) -> list[str]:
    """ffmpeg's arguments that open the picture of a video, `seek` seconds after `facts.start`."""
    limit = None if facts.limit is None else facts.limit - seek
    return [
        *(("-c:v", facts.decoder) if facts.decoder else ()),
        *(() if facts.is_edited else WITHOUT_EDIT_LIST),
        *trim(facts.start + seek, limit),
        *one_file(facts.input.opened),
        *("-map", facts.stream),
    ]


def _no_pattern(path: Path) -> list[str]:
    """The options that keep ffmpeg from reading a name such as img%03d.png as a pattern."""
    if "%" not in str(path):
        return []
    ending = path.suffix[1:].lower()
    if ending == "gif":
        return ["-f", "gif"]
    return ["-f", "image2", "-pattern_type", "none"] if ending in _PICTURES.split() else []


# The endings with which ffmpeg reads a name that holds a pattern as a sequence of pictures.
_PICTURES = """
avif bmp cri dds dng dpx exr fit fits fts gem ham heic heif hdr ico im1 im24 im32 im8 img j2c
j2k jls jp2 jpc jpeg jpg jps jpt jxl jxs lbm ljpg mng pam pbm pcd pct pcx pfm pgm pgmyuv pgx
phm pic pict pix png pnm pns ppm psd ptx qoi ras raw rgb rgba rgb24 sgi sun sunras svg svgz tga
tif tiff vbn wbmp webp xbm xface xpm xwd y yuv yuv10
"""
