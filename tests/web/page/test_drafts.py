"""What comes before a run: reading, reading again with what was missing, asking."""

from __future__ import annotations

import io
import re

import openpyxl
import pytest
from examples_run import ROOT
from visited import QUICK, asked, sent, uploaded, words

from stresskit.web.page.spelled import LABELS, PLACES

CURRENCIES = b"""Name,ISIN,Currency,Market Value
NVIDIA CORP,US67066G1040,USD,142620
ASML HOLDING,NL0010273215,EUR,140620
"""
BARE = b"""A,B,C
NVIDIA CORP,142620,x
VISTRA CORP,50000,x
"""


def workbook_of(**sheets):
    """Write a workbook with a sheet of holdings each."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, value in sheets.items():
        sheet = book.create_sheet(title)
        sheet.append(["Ticker", "Name", "Market Value (USD)"])
        sheet.append(["NVDA", "NVIDIA CORP", value])
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def place(answer):
    """Return where an answer leads."""
    return answer.headers["location"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("virus.exe", b"MZ\x90\x00" + bytes(200), "cannot be read"),
        ("empty.csv", b"", "empty"),
        ("letter.pdf", b"%PDF-1.4\n%%EOF", "PDF"),
        ("../../etc/b.xlsx", b"PK\x03\x04 damaged", "b.xlsx cannot be read"),
    ],
)
def test_a_file_that_is_none_is_refused_in_words(visitor, name, content, said):
    """The page says what is wrong, and what to do."""
    answer = uploaded(visitor, name, content)

    assert answer.status_code == 422
    assert said in words(answer)
    assert "What to do" in words(answer)
    assert f"{name} cancelled" not in words(visitor.get("/"))


def test_no_file_at_all(visitor):
    """A form without a file is answered with the form."""
    answer = visitor.post("/runs", data={"csrf": visitor.csrf})

    assert (answer.status_code, "no file" in words(answer)) == (422, True)


def test_rates_that_a_file_lacks_are_given_beside_the_errors(visitor):
    """The errors lead to the fields; with these filled the upload is read again."""
    address = place(uploaded(visitor, content=CURRENCIES))
    before = visitor.get(address)
    sent(visitor, f"{address}/read", base_currency="USD", fx="EUR=1.05")
    after = words(visitor.get(address))

    assert '<a href="#q-fx">“Exchange rates”</a>' in before.text
    assert "Without a value 2" in words(before)
    assert "weights only" not in words(before)
    # 142,620 + 1.05 * 140,620
    assert "Total read 290,271 USD" in after
    assert "No issue was found" in after


def test_what_cannot_be_read_like_this_leaves_what_was_read(visitor):
    """A sheet that is not there is said at the form; nothing typed is lost."""
    address = place(uploaded(visitor, "b.xlsx", workbook_of(One=1000, Two=2000)))
    wrong = sent(visitor, f"{address}/read", sheet="Three", severity="2")
    sent(visitor, f"{address}/read", sheet="Two", severity="2")
    right = visitor.get(address)

    assert wrong.status_code == 422
    assert "The sheets are: One, Two." in words(wrong)
    assert re.search(r'name="sheet"[^>]*value="Three"', wrong.text)
    assert "Total read 2,000.00 USD" in words(right)
    assert re.search(r'name="severity"[^>]*value="2"', right.text)


def test_columns_that_no_header_names_can_be_named(visitor):
    """A file that was not read keeps its page until it is."""
    address = place(uploaded(visitor, content=BARE))
    unread = visitor.get(address)
    early = sent(visitor, f"{address}/start", **QUICK)
    again = sent(visitor, f"{address}/read", columns="name=Z")
    sent(visitor, f"{address}/read", columns="name=A,value=B", base_currency="USD")

    assert "cannot be read as it is" in words(unread)
    assert (early.status_code, again.status_code) == (409, 422)
    assert "Total read 192,620 USD" in words(visitor.get(address))


def test_a_protected_workbook_is_opened_with_its_password(visitor):
    """The page asks for it until it fits, and the run has it."""
    word = "geheim"
    address = place(uploaded(visitor, "secret.xlsx", protected(word)))
    first = visitor.get(address)
    address = place(sent(visitor, f"{address}/read", password=word.upper()))
    second = visitor.get(address)
    address = place(sent(visitor, f"{address}/read", password=word))

    for page in (first, second):
        assert 'name="password" type="password" value=""' in page.text
        assert "STRESSKIT_PASSWORD" not in page.text
    assert "does not open the workbook" in words(second)
    assert "Download the workbook" in asked(visitor, address).text


def protected(password):
    """Write a workbook that opens with a password only."""
    msoffcrypto = pytest.importorskip("msoffcrypto.format.ooxml")
    found = io.BytesIO()
    plain = io.BytesIO(workbook_of(Holdings=5000))
    msoffcrypto.OOXMLFile(plain).encrypt(password, found)
    return found.getvalue()


def test_a_run_without_a_result_leaves_its_upload_to_ask_again(visitor):
    """What only the run can know leads back to the form, not to the start."""
    address = place(uploaded(visitor, content=CURRENCIES))
    failed = asked(visitor, address)
    again = place(sent(visitor, f"{address}/again"))
    done = asked(visitor, again, base_currency="USD", fx="EUR=1.05")

    assert "have no value in the base currency" in words(failed)
    assert "--fx" not in words(failed)
    assert "Change the question" in words(failed)
    assert "Download the workbook" in words(done)


def test_a_run_that_is_stopped_goes_back_to_its_question(visitor):
    """Who stops a run wants to ask otherwise: file, places and fields are there."""
    address = place(uploaded(visitor))
    sent(visitor, f"{address}/start", severity="2.5", mandate="private-client")

    back = place(sent(visitor, f"{address}/cancel"))
    form = visitor.get(back).text

    assert back != address
    assert re.search(r'name="severity"[^>]*value="2.5"', form)
    assert "The run was stopped" in words(visitor.get(address))


def test_every_label_is_that_of_its_field(visitor):
    """What messages call a field is what stands beside it."""
    pages = [
        visitor.get(place(uploaded(visitor, *given))).text
        for given in (
            ("w.csv", b"Ticker,Name,Weight\nNVDA,NVIDIA CORP,60%\nVST,VISTRA,40%\n"),
            ("secret.xlsx", protected("geheim")),
        )
    ]

    found = dict(re.findall(r'<label for="q-(\w+)">([^<]+)</label>', "".join(pages)))
    assert found == {k: v for k, v in LABELS.items() if k != PLACES}


def test_asking_again_begins_with_what_was_asked(visitor):
    """The form of a kept upload is filled with the last question."""
    address = uploaded(visitor, keep="1").headers["location"]
    asked(visitor, address, severity="2.5", base_currency="USD")

    again = visitor.post(f"{address}/again", data={"csrf": visitor.csrf})
    form = visitor.get(again.headers["location"]).text

    assert re.search(r'name="severity"[^>]*value="2.5"', form)
    assert re.search(r'name="base_currency"[^>]*value="USD"', form)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"severity": "much"}, "Give a number from 0 to 10"),
        ({"severity": "99"}, "Give a number from 0 to 10"),
        ({"fx": "EUR 1.05"}, "is no rate"),
        ({"factor": "../../etc"}, "Choose one of the list"),
        ({"as_of": "yesterday"}, "Give a date as 2025-01-24"),
        ({"base_currency": "dollars"}, "three letters of a currency"),
        ({"hedge_target": "a lot"}, "Give a share (50%)"),
        ({"table": "the second"}, "range of the table"),
    ],
)
def test_a_question_that_makes_no_sense_comes_back(visitor, change, said):
    """The form comes back as typed, with the field that is wrong named."""
    address = uploaded(visitor).headers["location"]

    form = {"csrf": visitor.csrf, **QUICK, **change}
    answer = visitor.post(f"{address}/start", data=form)

    assert answer.status_code == 422
    assert said in words(answer)
    assert f'<a href="#q-{next(iter(change))}">' in answer.text


def test_a_correction_without_scripts(visitor):
    """The form of a row works as an ordinary form too."""
    address = uploaded(visitor).headers["location"]
    form = {"csrf": visitor.csrf, "position": "p1"}

    wrong = visitor.post(
        f"{address}/mapping", data={**form, "segment_1": "MEMORY", "share_1": "150"}
    )
    right = visitor.post(
        f"{address}/mapping", data={**form, "segment_1": "MEMORY", "share_1": "50"}
    )

    assert (wrong.status_code, "0 to 100" in words(wrong)) == (422, True)
    assert right.status_code == 303
    assert "by you" in words(visitor.get(address))


def test_an_example_is_one_click(visitor):
    """Each shipped example leads to what was read from it."""
    names = re.findall(r'action="/examples/([^"]+)"', visitor.get("/").text)
    answer = visitor.post(f"/examples/{names[0]}", data={"csrf": visitor.csrf})

    shipped = sorted(p.parent.name for p in ROOT.glob("examples/*/holdings.*"))
    assert names == shipped
    assert "Nothing is computed yet" in words(visitor.get(answer.headers["location"]))
