"""The parts of bin/setup that want more than a shell: system libraries, translations, static files."""

from __future__ import annotations

import ctypes
import hashlib
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VAR = Path(os.environ.get("CG_VAR") or ROOT / "var")

#: What WeasyPrint loads at run time, by the names it tries, and the package that brings it (Debian, Fedora, Homebrew).
LIBRARIES = {
    "Pango": (("libpango-1.0.so.0", "libpango-1.0.dylib"), ("libpango-1.0-0", "pango", "pango")),
    "PangoFT2": (("libpangoft2-1.0.so.0", "libpangoft2-1.0.dylib"), ("libpangoft2-1.0-0", "pango", "pango")),
    "HarfBuzz subset": (
        ("libharfbuzz-subset.so.0", "libharfbuzz-subset.dylib"),
        ("libharfbuzz-subset0", "harfbuzz", "harfbuzz"),
    ),
}
FONTCONFIG = ("libfontconfig.so.1", "libfontconfig.dylib")
FONT_PACKAGE = ("fonts-dejavu-core", "dejavu-sans-fonts", "font-dejavu")
#: A letter of each writing that people here use beside Latin, which our own face lacks, and the package that draws it.
#: What nobody can print stands in a PDF as boxes. macOS brings all of them.
WRITINGS = {
    "Arabic, Hebrew": ("عא", ("fonts-freefont-ttf", "gnu-free-serif-fonts", "")),
    "Devanagari, Ethiopic": ("अሀ", ("fonts-freefont-ttf", "gnu-free-serif-fonts", "")),
    "Chinese": ("中", ("fonts-droid-fallback", "google-droid-sans-fonts", "")),
    "emoji": ("🌾", ("fonts-noto-color-emoji", "google-noto-color-emoji-fonts", "")),
}
#: Where Homebrew puts libraries, which the loader does not search by itself.
HOMEBREW = (Path("/opt/homebrew/lib"), Path("/usr/local/lib"))


def load(names: Iterable[str]) -> ctypes.CDLL | None:
    """The first of these shared libraries that the system has."""
    for name in names:
        for place in (name, *(str(folder / name) for folder in HOMEBREW if (folder / name).exists())):
            try:
                return ctypes.CDLL(place)
            except OSError:
                continue
    return None


class _FontSet(ctypes.Structure):
    _fields_ = [("count", ctypes.c_int), ("room", ctypes.c_int), ("patterns", ctypes.POINTER(ctypes.c_void_p))]


def drawn(letters: str) -> set[str]:
    """Those of the letters that some font known to fontconfig draws; without any font a PDF shows empty boxes."""
    fontconfig = load(FONTCONFIG)
    if fontconfig is None:
        return set()
    fontconfig.FcInitLoadConfigAndFonts.restype = ctypes.c_void_p
    fontconfig.FcConfigGetFonts.restype = ctypes.POINTER(_FontSet)
    fontconfig.FcConfigGetFonts.argtypes = [ctypes.c_void_p, ctypes.c_int]
    fontconfig.FcPatternGetCharSet.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_void_p]
    fontconfig.FcCharSetHasChar.argtypes = [ctypes.c_void_p, ctypes.c_uint32]
    fonts = fontconfig.FcConfigGetFonts(fontconfig.FcInitLoadConfigAndFonts(), 0)
    found: set[str] = set()
    for n in range(fonts.contents.count if fonts else 0):
        letters_of = ctypes.c_void_p()
        if fontconfig.FcPatternGetCharSet(fonts.contents.patterns[n], b"charset", 0, ctypes.byref(letters_of)) == 0:
            found |= {letter for letter in letters if fontconfig.FcCharSetHasChar(letters_of, ord(letter))}
    return found


def missing_packages() -> list[tuple[str, str, str]]:
    """The packages that would bring what no PDF can be made without."""
    packages = [package for names, package in LIBRARIES.values() if load(names) is None]
    if not drawn("a"):
        packages.append(FONT_PACKAGE)
    return packages


def missing_writings() -> dict[str, tuple[str, str, str]]:
    """The writings that a PDF would show as boxes here, each with the package that draws it."""
    there = drawn("".join(letters for letters, _package in WRITINGS.values()))
    return {name: package for name, (letters, package) in WRITINGS.items() if not there.issuperset(letters)}


def ensure_libraries() -> bool:
    """Installs what WeasyPrint needs where this user may; else says which line does it. Runs again find all there.

    True where PDFs can be made, even if some writings would be boxes.
    """
    needed, writings = missing_packages(), missing_writings()
    missing = [*needed, *writings.values()]
    if not missing:
        return True
    if platform.system() == "Darwin":
        update, install, column, may = [], ["brew", "install"], 2, shutil.which("brew") is not None
    elif shutil.which("apt-get"):
        update = ["apt-get", "update", "-qq"]
        install, column, may = ["apt-get", "install", "-y", "-qq", "--no-install-recommends"], 0, os.geteuid() == 0
    elif shutil.which("dnf"):
        update, install, column, may = [], ["dnf", "install", "-y", "-q"], 1, os.geteuid() == 0
    else:
        said = "PDFs need the libraries Pango, PangoFT2 and HarfBuzz (with its subset library), and a font"
        print(f"{said}; for {', '.join(writings)} fonts of their own.", file=sys.stderr)
        return not needed
    line = [*install, *dict.fromkeys(names[column] for names in missing if names[column])]
    if may and len(line) > len(install):
        print(f"Installing system libraries for the PDFs: {' '.join(line)}", flush=True)
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        if update:
            subprocess.run(update, env=quiet, check=False, stdout=subprocess.DEVNULL)
        subprocess.run(line, env=quiet, check=False, stdout=subprocess.DEVNULL)
        # In a process of its own: a library that failed to load once may be remembered as missing.
        check = [sys.executable, "-c", "import ground, sys; sys.exit(bool(ground.missing_packages()))"]
        if subprocess.run(check, cwd=ROOT / "bin", check=False).returncode == 0:
            return True
    prefix = "" if may or platform.system() == "Darwin" else "sudo "
    if needed:
        said = "PDFs need system libraries that are missing. Everything else works. To install them:"
    else:
        said = f"PDFs show boxes instead of {', '.join(writings)}: no font here draws them. To install some:"
    print(said, file=sys.stderr)
    print(f"  {prefix}{' '.join(line)}", file=sys.stderr)
    return not needed


def compile_words() -> None:
    """locale/*/LC_MESSAGES/*.po to .mo, where the .po is newer."""
    import polib

    for source in sorted((ROOT / "locale").glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
            polib.pofile(str(source)).save_as_mofile(str(target))


def collect_static() -> None:
    """Gathers and compresses the static files, if one of them or a package changed since the last time."""
    digest = hashlib.sha256((ROOT / "requirements.lock").read_bytes())
    for folder in [ROOT / "static", *ROOT.glob("*/static")]:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            digest.update(f"{path.relative_to(ROOT)} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    stamp = VAR / "static-collected"
    if stamp.exists() and stamp.read_text() == digest.hexdigest():
        return
    print("Gathering the static files.", flush=True)
    # The keys are made later, by bin/start; gathering files needs none.
    environment = {"SECRET_KEY": "unused", "LINK_KEY": "unused", **os.environ, "LOG_LEVEL": "WARNING", "DEBUG": "0"}
    # Of Bootstrap's wheel only the sheet that pages link to: compressing the rest doubles the time of a first start.
    unused = ["--ignore=bootstrap-*", "--ignore=bootstrap.rtl*", "--ignore=bootstrap.css*"]
    command = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0", *unused]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    VAR.mkdir(parents=True, exist_ok=True)
    stamp.write_text(digest.hexdigest())


if __name__ == "__main__":
    try:
        ensure_libraries()
        if "--libraries" not in sys.argv:
            compile_words()
            collect_static()
    except KeyboardInterrupt:
        sys.exit(130)
    except subprocess.CalledProcessError as failed:
        sys.exit(f"Setting up stopped at: {' '.join(map(str, failed.cmd))}")
