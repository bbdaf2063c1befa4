"""Finds a Python with the `cryptography` package: which one a shell calls python3 says little about that."""

import os
import subprocess
import sys

_TRIED = "NARROWGATE_PYTHON_TRIED"


def prefer_cryptography(script):
    """Starts `script` again under the first Python that has the package; stays here when none has."""
    if _imports_here() or os.environ.get(_TRIED):
        return
    for program in (os.environ.get("NARROWGATE_PYTHON"), "/usr/bin/python3", "python3"):
        if program and _imports_there(program):
            sys.stdout.flush()
            environment = {**os.environ, _TRIED: "1"}
            os.execvpe(program, [program, script, *sys.argv[1:]], environment)


def _imports_here():
    try:
        import cryptography  # noqa: F401
    except ImportError:
        return False
    return True


def _imports_there(program):
    check = "import sys, cryptography; assert sys.version_info >= (3, 9)"
    try:
        done = subprocess.run([program, "-c", check], capture_output=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
