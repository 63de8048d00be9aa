"""The command line: ``stresskit``; every command is one call of the pipeline."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command line; no traceback ever reaches a user.

    Exit codes: 0 done, 2 the user's input, 3 no answer, 4 a plugin or an extra,
    5 cannot write, 1 a mistake of ours (set STRESSKIT_DEBUG=1 to see it whole).
    """
    from stresskit.cli.app import app
    from stresskit.cli.failures import exit_code_of, show_failure
    from stresskit.errors import StresskitError

    try:
        app()
    except StresskitError as error:
        show_failure(error)
        sys.exit(exit_code_of(error))
    except BrokenPipeError:
        # The reader of our output went away (`| head`): nothing to tell it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        if os.environ.get("STRESSKIT_DEBUG"):
            raise
        show_failure(error)
        sys.exit(1)
