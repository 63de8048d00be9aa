"""Factor folders: find, read and list them, make new ones, check them.

``folders`` knows where they are, ``loading`` reads them, ``making`` defines, builds
and writes, ``checking`` says what is wrong with one, ``validating`` how well it
would have predicted.
"""

from stresskit.factors.checking import check_factor
from stresskit.factors.folders import (
    DEFAULT_CHAIN,
    DEFAULT_FACTOR,
    check_id,
    factor_plugin_issues,
    find_folders,
    search_folders,
    shipped_folder,
    stray_files,
)
from stresskit.factors.loading import list_factors, load_chain, load_factor
from stresskit.factors.making import (
    Words,
    build_factor,
    define_factor,
    save_factor,
    vary_factor,
)
from stresskit.factors.validating import validate_factor

__all__ = [
    "DEFAULT_CHAIN",
    "DEFAULT_FACTOR",
    "Words",
    "build_factor",
    "check_factor",
    "check_id",
    "define_factor",
    "factor_plugin_issues",
    "find_folders",
    "list_factors",
    "load_chain",
    "load_factor",
    "save_factor",
    "search_folders",
    "shipped_folder",
    "stray_files",
    "validate_factor",
    "vary_factor",
]
