"""The four faces of our papers, each cut out of Noto Sans's variable fonts once a process.

A variable font in a PDF is made static by WeasyPrint for every PDF anew, glyph by glyph in Python: a tenth of its time.
HarfBuzz, which makes the PDF's subsets anyway, does it in 25 ms a face.
"""

from __future__ import annotations

from functools import cache
from io import BytesIO
from typing import Any

import fontpkg_noto_sans

UPRIGHT, ITALIC = "NotoSans[wdth,wght].ttf", "NotoSans-Italic[wdth,wght].ttf"
#: File and weight of each face. Noto Sans has the letters of the languages that partners' names come from.
FACES = {"regular": (UPRIGHT, 400), "bold": (UPRIGHT, 700), "italic": (ITALIC, 400), "bold-italic": (ITALIC, 700)}
#: As WeasyPrint looks for it.
_LIBRARIES = ("libharfbuzz-subset.so.0", "libharfbuzz-subset.dylib", "libharfbuzz-subset-0", "harfbuzz-subset")
_HEADER = """
typedef struct hb_blob_t hb_blob_t;
typedef struct hb_face_t hb_face_t;
typedef struct hb_set_t hb_set_t;
typedef struct hb_subset_input_t hb_subset_input_t;
hb_blob_t * hb_blob_create (const char *, unsigned int, int, void *, void *);
const char * hb_blob_get_data (hb_blob_t *, unsigned int *);
void hb_blob_destroy (hb_blob_t *);
hb_face_t * hb_face_create (hb_blob_t *, unsigned int);
hb_blob_t * hb_face_reference_blob (hb_face_t *);
void hb_face_destroy (hb_face_t *);
void hb_set_clear (hb_set_t *);
void hb_set_invert (hb_set_t *);
hb_subset_input_t * hb_subset_input_create_or_fail (void);
void hb_subset_input_destroy (hb_subset_input_t *);
hb_set_t * hb_subset_input_set (hb_subset_input_t *, int);
void hb_subset_input_set_flags (hb_subset_input_t *, unsigned int);
int hb_subset_input_pin_axis_location (hb_subset_input_t *, hb_face_t *, uint32_t, float);
hb_face_t * hb_subset_or_fail (hb_face_t *, hb_subset_input_t *);
"""
#: Glyphs, characters, names, their languages, layout features and scripts; of these sets all is kept.
_KEPT = (0, 1, 4, 5, 6, 7)
#: Old names, tables it does not know, the outline of the missing glyph, the glyphs' names.
_FLAGS = 0x08 | 0x20 | 0x40 | 0x80


@cache
def face(name: str) -> bytes:
    """One of FACES as a static TrueType font."""
    file, weight = FACES[name]
    variable = (fontpkg_noto_sans.ROOT / "files" / file).read_bytes()
    axes = {"wght": float(weight), "wdth": 100.0}
    try:
        return _by_harfbuzz(variable, axes)
    except (OSError, AttributeError, ValueError):
        # HarfBuzz before 6.0 cannot. The same glyphs, in five seconds.
        return _by_fonttools(variable, axes)


def _by_harfbuzz(variable: bytes, axes: dict[str, float]) -> bytes:
    """Raises OSError without the library, AttributeError where it is too old, ValueError where it refuses the font."""
    from cffi import FFI

    ffi: Any = FFI()
    ffi.cdef(_HEADER)
    library = _library(ffi)
    blob = ffi.gc(library.hb_blob_create(variable, len(variable), 1, ffi.NULL, ffi.NULL), library.hb_blob_destroy)
    whole = ffi.gc(library.hb_face_create(blob, 0), library.hb_face_destroy)
    wanted = ffi.gc(library.hb_subset_input_create_or_fail(), library.hb_subset_input_destroy)
    for number in _KEPT:
        kept = library.hb_subset_input_set(wanted, number)
        library.hb_set_clear(kept)
        library.hb_set_invert(kept)
    library.hb_subset_input_set_flags(wanted, _FLAGS)
    for axis, place in axes.items():
        if not library.hb_subset_input_pin_axis_location(wanted, whole, int.from_bytes(axis.encode(), "big"), place):
            raise ValueError(axis)
    made = library.hb_subset_or_fail(whole, wanted)
    if made == ffi.NULL:
        raise ValueError("no font came of it")
    made = ffi.gc(made, library.hb_face_destroy)
    content = ffi.gc(library.hb_face_reference_blob(made), library.hb_blob_destroy)
    length = ffi.new("unsigned int *")
    data = library.hb_blob_get_data(content, length)
    return bytes(ffi.buffer(data, length[0]))


def _library(ffi: Any) -> Any:
    for name in _LIBRARIES[:-1]:
        try:
            return ffi.dlopen(name)
        except OSError:
            continue
    return ffi.dlopen(_LIBRARIES[-1])


def _by_fonttools(variable: bytes, axes: dict[str, float]) -> bytes:
    from fontTools.ttLib import TTFont
    from fontTools.varLib.instancer import instantiateVariableFont

    made = BytesIO()
    instantiateVariableFont(TTFont(BytesIO(variable)), axes, inplace=True).save(made)
    return made.getvalue()
