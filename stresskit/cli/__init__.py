"""The command line: ``stresskit``; every command is one call of the pipeline."""

from __future__ import annotations

import io
import os
import sys


def main() -> None:
    """Run the command line; no traceback ever reaches a user.

    Exit codes: 0 done, 2 the user's input, 3 no answer or a report that differs, 4 a
    plugin or an extra, 5 cannot write, 1 a mistake of ours (set STRESSKIT_DEBUG=1 to
    see it whole).
    """
    from stresskit.cli.app import app
    from stresskit.cli.failures import exit_code_of, show_failure
    from stresskit.clock import now
    from stresskit.errors import OutputError, StresskitError

    for stream in (sys.stdout, sys.stderr):
        # A name no ASCII terminal can show is no reason to fail.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        # Packages trip over a time that is none while they are loaded.
        now()
        app()
        if sys.stdout is not None:
            sys.stdout.flush()
    except StresskitError as error:
        show_failure(error)
        sys.exit(exit_code_of(error))
    except BrokenPipeError:
        # The reader of our output went away (`| head`): nothing to tell it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        show_failure(OutputError(f"The output cannot be written: {error.strerror}."))
        sys.stdout = None
        sys.exit(5)
    except Exception as error:
        if os.environ.get("STRESSKIT_DEBUG"):
            raise
        show_failure(error)
        sys.exit(1)
