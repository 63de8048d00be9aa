"""Results to files: Excel report, JSON, mapping workbook, annotated holdings.

Every writer builds the whole file in memory and then moves it into place in one
step, so that a failure never damages what is there. The spreadsheet libraries
are imported inside the functions that use them.
"""

from stresskit.model.contract import (
    holdings_to_dict,
    mapping_to_dict,
    result_to_dict,
)
from stresskit.writers.annotated import write_annotated_copy
from stresskit.writers.columns_file import write_columns
from stresskit.writers.mapping_workbook import write_mapping_workbook
from stresskit.writers.orders import write_orders
from stresskit.writers.result_json import result_bytes, write_json, write_result_json
from stresskit.writers.validation_files import (
    validation_to_dict,
    write_validation_chart,
)
from stresskit.writers.workbook import write_workbook

__all__ = [
    "holdings_to_dict",
    "mapping_to_dict",
    "result_bytes",
    "result_to_dict",
    "validation_to_dict",
    "write_annotated_copy",
    "write_columns",
    "write_json",
    "write_mapping_workbook",
    "write_orders",
    "write_result_json",
    "write_validation_chart",
    "write_workbook",
]
