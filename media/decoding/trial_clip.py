"""A tiny clip to try decoders with: one grey frame of 64x64, H.264 in mp4, by `ClipEncoder`.

NVDEC decodes this size too; its minimum is 48x16.
"""

import base64
import zlib

_PACKED = (
    b"c-muNU{FXasVvAW&d+6FU}6B#Kx~v)mTZ_?U}DI?z`&7Kl$r{p)pJu4OMtX=YDWu$_Wyt1S-x@>KHST5wSi&P+kzbx"
    b"T}!V@0*$zzo1b3>RF;!lmXX4M0+?R_2@M8D1`t93MpRYkd<O=+fC-57N{SM*f$W%)Y_OfoSWMHv&`FHF4sZvkq^6V<"
    b"18JGmoZ=EB9U2I|jLULUG82Ieh1?W$zZ-#_8hQlG(alK7DT2wAWu~Mes|*A3^F0#tQgTv3Y8V4^GxO4b43V;2u%XD#"
    b"R7ruz$)pserXe|sr?e<X0m5b!EG|jP0kYQ?mlUTUshJCkV;n&N^0Whk2axu_sRA8H{QnOmje({*Go~<b{eQ?Ho(`nf"
    b"+;mZE0YwQ5h&W;6F)f0Tfi>fO+ouD6fBXPx6iF&6f`llO8ps?A5K&wL4sDp#jNpg{dKBo1WK?lD76HmtLFMETV#)bP"
    b">J5O{wlt*#6icSLsbCre6p>>D7>h-T1qC_CzT?OQMmqopZ*H{"
)


def trial_clip() -> bytes:
    """The mp4, 814 bytes of it."""
    return zlib.decompress(base64.b85decode(_PACKED))
