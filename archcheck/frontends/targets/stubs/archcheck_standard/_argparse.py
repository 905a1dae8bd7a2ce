"""Parsers of command lines: what they give where nothing is on the command line."""

import argparse


class ArgumentParser:
    def __init__(self, *args, parents=(), **more):
        self.options = {}
        for parent in parents:
            self.options.update(parent.options)

    def add_argument(
        self, *names, dest=None, action=None, default=None, type=None, required=False, nargs=None, **more
    ):
        if dest is None:
            long = [name for name in names if name.startswith("--")] or names
            dest = long[0].lstrip("-").replace("-", "_")
        if action in ("help", "version"):
            return
        if action in ("store_true", "store_false") and default is None:
            default = action == "store_false"
        if isinstance(default, str) and type is not None:
            default = type(default)
        if required or (default is None and not names[0].startswith("-") and nargs not in ("?", "*")):
            self.options[dest] = argparse.option(dest)
        else:
            self.options[dest] = argparse.option(dest, default)

    def add_argument_group(self, *args, **more):
        return self

    def add_mutually_exclusive_group(self, *args, **more):
        return self

    def set_defaults(self, **values):
        self.options.update({name: argparse.option(name, value) for name, value in values.items()})

    def get_default(self, name):
        return self.options.get(name)

    def parse_args(self, args=None, namespace=None):
        if isinstance(args, (list, tuple)) and len(args) > 0:
            return argparse.a_command_line
        if namespace is None:
            return argparse.Namespace(**self.options)
        for name, value in self.options.items():
            if not hasattr(namespace, name):
                setattr(namespace, name, value)
        return namespace

    def parse_known_args(self, args=None, namespace=None):
        return self.parse_args(args, namespace), []

    def __getattr__(self, name):
        return argparse.not_modelled
