"""How to install an extra, for the message of a command that lacks one."""

from __future__ import annotations

PACKAGE = "hf-providers"


def install_hint(extra: str) -> str:
    """Return what to type: by the package's name where it is installed, else from the bare checkout.

    pip adds an extra to an installed package without asking an index for the package itself.
    """
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        distribution(PACKAGE)
    except PackageNotFoundError:
        return f"install it: pip install '.[{extra}]' in the checkout"
    return f"install it: pip install '{PACKAGE}[{extra}]'"
