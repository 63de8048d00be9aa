from __future__ import annotations

import pytest

NO_HEDGE = "--no-hedge"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"%PDF-1.4 \x00\xff\xfe not a table", "PDF"),
        (b"", "empty"),
        (b"hello\n", "no table|no list|header|column"),
        (b'{"a": 1}', "JSON"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "image|PNG|not a spreadsheet"),
    ],
)
@pytest.mark.parametrize("command", ["stress", "holdings", "map"])
def test_a_file_that_is_no_list_is_refused(call, tmp_path, command, content, words):
    """Whatever the file is, one sentence says it is no holdings list, exit code 2."""
    (tmp_path / "client.xlsx").write_bytes(content)
    done = call(command, "client.xlsx", code=2)
    assert done.err.startswith("error: ")
    assert any(word.lower() in done.said.lower() for word in words.split("|"))
    assert done.out == ""


def test_text_in_a_number_column_is_named_by_its_cell(run, sheet):
    """The message says sheet, row, column and what the cell says."""
    file = sheet(
        ["Name", "ISIN", "Market Value", "Currency"],
        ["NVIDIA", "US67066G1040", 1000, "USD"],
        ["Vistra", "US92840M1027", "lots", "USD"],
    )
    done = run("stress", file, NO_HEDGE, code=2)
    assert "sheet Holdings, row 3, column C" in done.said
    assert "'lots'" in done.said
    assert "fix:" in done.said


BAD = [
    (("--severity", "-1"), 2, "0 to 10"),
    (("--severity", "50"), 2, "0 to 10"),
    (("--severity", "nan"), 2, "0 to 10"),
    (("--severity", "hard"), 2, "--severity"),
    (("--mode", "foo"), 2, "'replay'"),
    (("--market", "-2"), 2, "write -2% or -0.02"),
    (("--factor", "deepsek-2025-01-27"), 2, "Did you mean deepseek-2025-01-27?"),
    (("--factor", "../nowhere"), 2, "Known: carry-unwind-2024-08-05"),
    (("--factors", "nowhere"), 2, "is not a folder"),
    (("--base-currency", "XXQ"), 2, "XXQ"),
    (("--fx", "nowhere.csv"), 2, "nowhere.csv"),
    (("--overrides", "nowhere.csv"), 2, "nowhere.csv"),
    (("--sheet", "Nope"), 2, "Holdings"),
    (("--value", "5"), 2, "--value"),
    (("--bogus",), 2, "--bogus"),
    (("-o", "nowhere/r.xlsx"), 5, "no folder nowhere"),
    (("-o", "client.xlsx"), 5, "would be replaced"),
    (("-o", "report.pdf"), 5, "report.xlsx"),
    (("-o", "."), 5, "folder"),
    (("-o", "client.xlsx/r.xlsx"), 5, "client.xlsx"),
    (("--json", "nowhere/r.json"), 5, "no folder nowhere"),
    (("--json", "client.xlsx"), 5, "would be replaced"),
]


@pytest.mark.parametrize(
    ("options", "code", "words"), BAD, ids=[" ".join(b[0]) for b in BAD]
)
def test_a_bad_option_is_one_sentence(call, sheet, tmp_path, options, code, words):
    """Each wrong option has its exit code, says what is allowed and writes nothing."""
    file = sheet()
    before = file.read_bytes()
    done = call("stress", file.name, NO_HEDGE, *options, code=code)
    assert words in done.said
    assert done.out == ""
    assert [p.name for p in tmp_path.iterdir()] == ["client.xlsx"]
    assert file.read_bytes() == before


def test_a_hedge_target_is_a_share(call, sheet):
    """A share above the whole loss is refused, with the range."""
    done = call("stress", sheet(), "--hedge-target", "200%", code=2)
    assert "up to 1" in done.said


def test_a_report_that_exists_outlives_a_failure(run, sheet, tmp_path):
    """Where a run fails, the report of an earlier one is still there, byte by byte."""
    report = tmp_path / "r.xlsx"
    report.write_bytes(b"the report of last month")
    run("stress", sheet(), NO_HEDGE, "-o", report, "--mode", "foo", code=2)
    run("stress", "nowhere.xlsx", NO_HEDGE, "-o", report, code=2)
    assert report.read_bytes() == b"the report of last month"
    run("stress", "client.xlsx", NO_HEDGE, "-o", report)
    assert report.read_bytes().startswith(b"PK")


def test_the_other_commands_spare_their_input(call, sheet):
    """No command replaces the file it reads."""
    file = sheet()
    before = file.read_bytes()
    call("map", file, "-o", file, code=5)
    call("map", file, "--json", file, code=5)
    call("holdings", file, "--json", file, code=5)
    call("holdings", file, "--annotate", file, code=5)
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("frobnicate",), "frobnicate"),
        (("stress",), "holdings"),
        (("stress", "nowhere.xlsx"), "nowhere.xlsx"),
        (("stress", "."), "folder"),
        (("factor", "show", "deepseek"), "Did you mean deepseek-2025-01-27?"),
        (("factor", "check", "nothing"), "Known:"),
        (
            ("factor", "new", "x", "--moves", "m.csv", "--event", "27.1.2025"),
            "2025-01-27",
        ),
        (
            ("factor", "new", "X Y", "--moves", "m.csv", "--event", "2025-01-27"),
            "lower-case",
        ),
        (("demo", "--example", "nope"), "us-growth"),
        (("demo", "-o", "nowhere/x.xlsx"), "no folder"),
    ],
)
def test_a_bad_command_is_one_sentence(call, arguments, words):
    """A wrong command or argument says what is known instead."""
    code = 5 if "-o" in arguments else 2
    done = call(*arguments, code=code)
    assert words.lower() in done.said.lower()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("stress", "client.xlsx", "--mode", "foo"), 2),
        (("stress", "client.xlsx", "--bogus"), 2),
        (("stress", "client.xlsx", "-o", "nowhere/r.xlsx"), 5),
    ],
)
def test_the_exit_code_reaches_the_shell(run, sheet, arguments, code):
    """A process of its own ends with the same code and without a traceback."""
    sheet()
    assert run(*arguments, code=code).out == ""


def test_an_environment_that_is_no_folder_is_named(run):
    """A wrong STRESSKIT_FACTORS is said by its name."""
    done = run("factor", "list", code=2, STRESSKIT_FACTORS="nowhere")
    assert "STRESSKIT_FACTORS" in done.said
