"""`python -m hf_providers` is `hfp`, where the script is not on the PATH."""

from __future__ import annotations

import sys

from hf_providers.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
