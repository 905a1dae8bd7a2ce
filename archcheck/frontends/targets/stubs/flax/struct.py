from dataclasses import dataclass, field


class PyTreeNode:
    __archcheck_dataclass__ = True
