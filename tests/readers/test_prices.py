"""Price panels, wide and long, and what is wrong with bad ones."""

import subprocess
import sys

import pandas as pd
import pytest

from stresskit.errors import FactorError
from stresskit.readers import read_prices

WIDE = "date,NVDA,NA\n2025-01-24,142.62,\n2025-01-27,118.42,99.5\n"
LONG = (
    "date,ticker,close\n2025-01-24,NVDA,142.62\n2025-01-27,NVDA,118.42\n"
    "2025-01-27,NA,99.5\n"
)


def test_wide_and_long_give_the_same_panel(write_csv):
    """Both shapes lead to dates by tickers, with NaN where there is no price."""
    wide = read_prices(write_csv(WIDE, name="wide.csv"))
    long = read_prices(write_csv(LONG, name="long.csv"))
    pd.testing.assert_frame_equal(wide, long)
    assert list(wide.columns) == ["NVDA", "NA"]
    assert wide.loc["2025-01-27", "NVDA"] == 118.42
    assert wide["NA"].isna().tolist() == [True, False]


def test_parquet_and_workbook_agree_with_text(write_csv, write_xlsx, tmp_path):
    """The container does not change the panel."""
    wide = read_prices(write_csv(WIDE))
    wide.to_parquet(tmp_path / "wide.parquet")
    rows = [["date", "NVDA", "NA"], *([d, *v] for d, v in _rows(wide))]
    pd.testing.assert_frame_equal(wide, read_prices(tmp_path / "wide.parquet"))
    pd.testing.assert_frame_equal(wide, read_prices(write_xlsx({"P": rows})))


def _rows(frame):
    """Give the rows as a workbook takes them."""
    for day, values in frame.iterrows():
        yield day.to_pydatetime(), [None if pd.isna(v) else v for v in values]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("date,A,A\n2025-01-24,1,1\n", "ticker A occurs twice"),
        ("date,A\n2025-01-24,one\n", "row 2, column B: 'one' is no price"),
        (
            "date,A\n2025-01-24,1\n2025-01-23,1\n2025-01-27,1\n",
            "dates do not increase",
        ),
        ("date,A\n2025-01-24,1\n2025-01-24,1\n", "dates do not increase"),
        ("date,A\n2025-01-24,0\n", "row 2, column B: the price 0.0 is not positive"),
        ("date,A\nsoon,1\n", "row 2, column A: 'soon' is no date"),
        ("date,A\n", "no prices"),
        ("date,ticker,close\n2025-01-24,A,1\n2025-01-24,A,2\n", "row 3, column B"),
    ],
)
def test_bad_panels_are_named_by_cell(write_csv, text, message):
    """What is wrong with a panel is said with its place."""
    with pytest.raises(FactorError, match=message):
        read_prices(write_csv(text))


@pytest.mark.parametrize("days", [2, 3, 7])
def test_the_newest_day_may_be_first(write_csv, days):
    """Prices from new to old are those from old to new, each on its day."""
    lines = [f"2025-01-{d:02},{d}.5,{d}" for d in range(1, days + 1)]
    old = read_prices(write_csv("\n".join(["date,A,B", *lines]), name="old.csv"))
    new = read_prices(write_csv("\n".join(["date,A,B", *lines[::-1]]), name="new.csv"))
    pd.testing.assert_frame_equal(new, old)
    assert new["A"].tolist() == [d + 0.5 for d in range(1, days + 1)]


def test_a_damaged_parquet_file_is_refused(tmp_path):
    """Other people's exceptions do not come out."""
    path = tmp_path / "bad.parquet"
    path.write_bytes(b"PAR1 nothing PAR1")
    with pytest.raises(FactorError, match="cannot be read"):
        read_prices(path)


def test_importing_the_readers_loads_nothing_heavy():
    """Reading the room's names costs no pandas, openpyxl or scipy."""
    code = (
        "import sys, stresskit.readers\n"
        "heavy = {'pandas', 'openpyxl', 'scipy', 'numpy'} & set(sys.modules)\n"
        "print(sorted(heavy))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == "[]"
