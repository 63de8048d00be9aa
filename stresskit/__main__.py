"""``python -m stresskit`` is the ``stresskit`` command."""

from stresskit.cli import main

if __name__ == "__main__":
    main()
