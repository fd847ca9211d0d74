"""Makes the archive of a release: its demo world, loaded and backed up by its own code.

    python tests/releases/make.py v0.2.0

The name is a tag or a commit; the archive lies then beside this file, under the release's version. Made once, when the
release is made, and committed; it is never made anew.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


def main(reference: str) -> None:
    with tempfile.TemporaryDirectory(prefix="cg-release-") as scratch:
        clone = Path(scratch, "clone")
        subprocess.run(["git", "clone", "--quiet", "--shared", str(ROOT), str(clone)], check=True)
        subprocess.run(["git", "checkout", "--quiet", "--detach", reference], cwd=clone, check=True)
        version = tomllib.loads((clone / "pyproject.toml").read_text())["project"]["version"]
        target = HERE / f"{version}.zip"
        if target.exists():
            sys.exit(f"{target} is there already: what a release left is not changed afterwards.")
        # Nothing of the installation that this runs in.
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        environment = {**kept, "CG_VAR": str(Path(scratch, "var"))}
        keys = "import sys; sys.path.insert(0, 'bin'); import supervise; supervise.make_keys()"
        run = [sys.executable, "manage.py"]
        for command in (
            [sys.executable, "-c", keys],
            [sys.executable, "bin/ground.py"],
            [*run, "migrate", "--verbosity", "0"],
            [*run, "load_demo", "--verbosity", "0"],
            [sys.executable, "bin/command.py", "backup", str(target)],
        ):
            subprocess.run(command, cwd=clone, env=environment, check=True)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(str(__doc__))
    main(sys.argv[1])
