"""Check a photo and write it anew, in a process of its own: what is kept was made by us, whatever came in."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from instruments.errors import N_, Reason, Refusal
from instruments.jobs.confined import confined

# What a phone's camera takes; what is kept is small, whatever came.
LARGEST = 10 * 1024 * 1024
MOST_PIXELS = 40_000_000
LONGEST_EDGE = 1600
SECONDS, MEGABYTES = 20, 1024


def keep_photo(source: Path, target: Path) -> None:
    """Write the photo in `source` to `target` as JPEG, at most 1,600 pixels long, without its metadata.

    Raises Refusal when it is no JPEG, PNG or WebP, is broken, or has too many bytes or pixels.
    """
    if source.stat().st_size > LARGEST:
        sentence = N_("The photo is larger than 10 MB.")
        raise Refusal(
            [Reason("photo_too_large", "photo", sentence, {}, N_("Make it smaller, and choose it again."))]
        )
    confined(remake, str(source), str(target), seconds=SECONDS, megabytes=MEGABYTES)


def remake(source: str, target: str) -> None:
    """Called in a process of its own by `keep_photo`."""
    try:
        with Image.open(source, formats=("JPEG", "PNG", "WEBP")) as picture:
            # A JPEG is read at a fraction of its size, so that one of fifty megapixels takes no more memory than another.
            picture.draft("RGB", (LONGEST_EDGE, LONGEST_EDGE))
            if picture.width * picture.height > MOST_PIXELS:
                raise _unfit()
            upright = ImageOps.exif_transpose(picture)
            upright.thumbnail((LONGEST_EDGE, LONGEST_EDGE))
            flat = Image.new("RGB", upright.size, "white")
            with_edges = upright.convert("RGBA")
            flat.paste(with_edges, mask=with_edges.getchannel("A"))
            flat.save(target, "JPEG", quality=85, optimize=True)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError):
        raise _unfit() from None


def _unfit() -> Refusal:
    sentence = N_("This is no photo that can be read.")
    return Refusal([Reason("not_a_photo", "photo", sentence, {}, N_("Choose a JPEG, PNG or WebP file."))])
