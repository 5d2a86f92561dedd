"""What real exports look like, and what is made of them: the specification of reading, case by case.

A case is bytes in; columns with types, every value, the rows set aside and the codes of the notes out.
"""

from __future__ import annotations

import gzip
import io
import zipfile
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True)
class Case:
    """`types` maps column to DuckDB type (of a CODE: "code"); `notes` are codes, `doubts` those with a doubt."""

    name: str
    content: bytes
    types: dict[str, str]
    rows: list[tuple[Any, ...]]
    notes: set[str] = field(default_factory=set)
    doubts: set[str] = field(default_factory=set)
    broken: list[tuple[int, str]] = field(default_factory=list)
    dialect: dict[str, Any] = field(default_factory=dict)
    asked: dict[str, Any] = field(default_factory=dict)


def many(template: str, rows: int = 12) -> str:
    return "".join(template.format(i=i, n=i % 9 + 1) for i in range(rows))


EURO = "Artículo;Precio;Fecha\nCafé;1.234,56;31/12/2013\nTé;2,5;01/02/2014\nPan;-10,00;15/03/2014\n"
EURO_ROWS = [
    ("Café", 1234.56, date(2013, 12, 31)),
    ("Té", 2.5, date(2014, 2, 1)),
    ("Pan", -10.0, date(2014, 3, 15)),
]
EURO_TYPES = {"Artículo": "VARCHAR", "Precio": "DOUBLE", "Fecha": "DATE"}
EURO_NOTES = {"number_format", "date_format"}

CASES = [
    Case(
        "Excel in Spanish, CSV by semicolons in Windows-1252",
        EURO.replace("\n", "\r\n").replace("Té", "Té €").encode("cp1252"),
        EURO_TYPES,
        [(name.replace("Té", "Té €"), *rest) for name, *rest in EURO_ROWS],
        {*EURO_NOTES, "encoding"},
        {"encoding"},
        dialect={"delimiter": ";", "encoding": "cp1252", "decimal": ",", "as_is": False},
    ),
    Case(
        "Excel in German, CSV UTF-8 with its mark",
        "Datum;Umsatz;Anteil\r\n31.12.2013;1.234.567,89;12,5 %\r\n01.02.2014;-5,00;7 %\r\n".encode("utf-8-sig"),
        {"Datum": "DATE", "Umsatz": "DOUBLE", "Anteil": "DOUBLE"},
        [(date(2013, 12, 31), 1234567.89, 12.5), (date(2014, 2, 1), -5.0, 7.0)],
        EURO_NOTES,
        dialect={"delimiter": ";", "decimal": ",", "encoding": "utf-8"},
    ),
    Case(
        "Excel's Unicode text: UTF-16 and tabs",
        "name\tvalue\r\nÑandú\t1,5\r\nÉmu\t2,25\r\n".encode("utf-16"),
        {"name": "VARCHAR", "value": "DOUBLE"},
        [("Ñandú", 1.5), ("Ému", 2.25)],
        {"number_format"},
        dialect={"delimiter": "\t", "encoding": "utf-16", "decimal": ","},
    ),
    Case(
        "UTF-16, big-endian, without a mark",
        "name,value\nab,1\ncd,2\n".encode("utf-16-be"),
        {"name": "VARCHAR", "value": "BIGINT"},
        [("ab", 1), ("cd", 2)],
        dialect={"encoding": "utf-16-be"},
    ),
    Case(
        "LibreOffice, every cell of text in quotes",
        b'"name","note","n"\n"a","said ""yes""",1\n"b","two\nlines",2\n"c",,3\n',
        {"name": "VARCHAR", "note": "VARCHAR", "n": "BIGINT"},
        [("a", 'said "yes"', 1), ("b", "two\nlines", 2), ("c", None, 3)],
    ),
    Case(
        "SAP: minus signs behind, points between thousands, compact dates",
        ("Beleg;Betrag;Datum\n" + many("{i:010};1.{i:03},50-;201301{i:02}\n", 22)).replace("0100\n", "0131\n").encode(),
        {"Beleg": "code", "Betrag": "DOUBLE", "Datum": "DATE"},
        [(f"{i:010}", -1000.5 - i, date(2013, 1, i or 31)) for i in range(22)],
        {"leading_zeros", "number_format", "date_format"},
        {"leading_zeros"},
    ),
    Case(
        "Google Sheets: points, a currency, thousands in quotes",
        b'item,price,when\nx,"$1,234.50",1/31/2013\ny,$7.00,2/1/2013\nz,-$3.25,12/25/2013\n',
        {"item": "VARCHAR", "price": "DOUBLE", "when": "DATE"},
        [("x", 1234.5, date(2013, 1, 31)), ("y", 7.0, date(2013, 2, 1)), ("z", -3.25, date(2013, 12, 25))],
        {"number_format", "date_format"},
    ),
    Case(
        "pandas' to_csv with its index",
        b",x,y\n0,1.5,a\n1,,b\n2,2.0,c\n",
        {"column_1": "BIGINT", "x": "DOUBLE", "y": "VARCHAR"},
        [(0, 1.5, "a"), (1, None, "b"), (2, 2.0, "c")],
        {"renamed_headers"},
    ),
    Case(
        "R's write.table: no name over the row names",
        b'"x","y"\n"1",1.5,"a"\n"2",2.5,"b"\n',
        {"column_1": "BIGINT", "x": "DOUBLE", "y": "VARCHAR"},
        [(1, 1.5, "a"), (2, 2.5, "b")],
        {"renamed_headers"},
    ),
    Case(
        "a delimiter at the end of every row",
        b"a;b\n1;2;\n3;4;\n",
        {"a": "BIGINT", "b": "BIGINT", "column_3": "VARCHAR"},
        [(1, 2, None), (3, 4, None)],
        {"renamed_headers"},
    ),
    Case(
        "Outlook's contacts in Windows-1252: telephones and postal codes",
        b"Name,Telefon,PLZ\r\n" + many("Müller {i},+49 170 12345{i:02},0{i:04}\r\n").encode("cp1252"),
        {"Name": "VARCHAR", "Telefon": "code", "PLZ": "code"},
        [(f"Müller {i}", f"+49 170 12345{i:02}", f"0{i:04}") for i in range(12)],
        {"encoding", "leading_zeros", "telephone"},
        {"encoding", "leading_zeros", "telephone"},
    ),
    Case(
        "telephones in groups of three are no thousands",
        b"who,phone\na,600 123 456\nb,611 222 333\n",
        {"who": "VARCHAR", "phone": "code"},
        [("a", "600 123 456"), ("b", "611 222 333")],
        {"telephone"},
        {"telephone"},
    ),
    Case(
        "a title above the header, and totals at the end",
        b"Informe de ventas;;\nGenerado: hoy;;\n\nmes;ventas;coste\nene;10;1\n\nfeb\nfeb;20;2\nTotal;30;3\n",
        {"mes": "VARCHAR", "ventas": "BIGINT", "coste": "BIGINT"},
        [("ene", 10, 1), ("feb", 20, 2)],
        {"title_lines", "totals_line"},
        {"title_lines"},
        [(3, "too few cells"), (5, "a line of totals")],
        {"skip": 3, "footer": 1},
    ),
    Case(
        "a region that is called Total is no line of totals",
        b"region,n\nTotal,1\nNorth,2\nTotal,3\n",
        {"region": "VARCHAR", "n": "BIGINT"},
        [("Total", 1), ("North", 2), ("Total", 3)],
    ),
    Case(
        "French and Swiss thousands",
        "a;b;c\n1 234,56;1'234.50;1\u202f000\n2 000,00;7.25;2\u202f500\n".encode(),
        {"a": "DOUBLE", "b": "DOUBLE", "c": "BIGINT"},
        [(1234.56, 1234.5, 1000), (2000.0, 7.25, 2500)],
        {"number_format"},
    ),
    Case(
        "a decimal comma within quotes in a file of commas",
        b'a,b\n"1,5",x\n"12,25",y\n"0,125",z\n',
        {"a": "DOUBLE", "b": "VARCHAR"},
        [(1.5, "x"), (12.25, "y"), (0.125, "z")],
        {"number_format"},
    ),
    Case(
        "1.234 in a file of decimal commas is a thousand",
        b"a;b\n1.234;0,5\n2.500;1,75\n",
        {"a": "BIGINT", "b": "DOUBLE"},
        [(1234, 0.5), (2500, 1.75)],
        {"number_format"},
        {"number_format"},
    ),
    Case(
        "1.234 with nothing else to go by follows the delimiter, with the doubt said",
        b"a;b\n1.234;x\n2.500;y\n",
        {"a": "BIGINT", "b": "VARCHAR"},
        [(1234, "x"), (2500, "y")],
        {"number_format"},
        {"number_format"},
    ),
    Case(
        "and is overruled",
        b"a;b\n1.234;x\n2.500;y\n",
        {"a": "DOUBLE", "b": "VARCHAR"},
        [(1.234, "x"), (2.5, "y")],
        asked={"decimal": "."},
        dialect={"decimal": ".", "overruled": ("decimal",)},
    ),
    Case(
        "accountants' negatives, and a dash for nothing",
        b"a,b\n(5.50),x\n7.25,y\n-,z\n",
        {"a": "DOUBLE", "b": "VARCHAR"},
        [(-5.5, "x"), (7.25, "y"), (None, "z")],
        {"number_format"},
    ),
    Case(
        "two currencies do not add up",
        b"a;b\n5 EUR;x\n7 USD;y\n",
        {"a": "VARCHAR", "b": "VARCHAR"},
        [("5 EUR", "x"), ("7 USD", "y")],
        {"mixed_units"},
    ),
    Case(
        "day and month that cannot be told apart",
        b"when,n\n01/02/2013,1\n03/04/2013,2\n",
        {"when": "DATE", "n": "BIGINT"},
        [(date(2013, 2, 1), 1), (date(2013, 4, 3), 2)],
        {"date_order"},
        {"date_order"},
    ),
    Case(
        "day and month as asked",
        b"when,n\n01/02/2013,1\n03/04/2013,2\n",
        {"when": "DATE", "n": "BIGINT"},
        [(date(2013, 1, 2), 1), (date(2013, 3, 4), 2)],
        {"date_format"},
        asked={"date_format": "mm/dd/yyyy"},
    ),
    Case(
        "another column proves that the month comes first",
        b"a,b\n01/02/2013,12/31/2013\n03/04/2013,11/30/2013\n",
        {"a": "DATE", "b": "DATE"},
        [(date(2013, 1, 2), date(2013, 12, 31)), (date(2013, 3, 4), date(2013, 11, 30))],
        {"date_order", "date_format"},
        {"date_order"},
    ),
    Case(
        "two writings of time, in two columns and in one",
        b"a,b,c\n2013-01-31 10:00:00,31.01.2013 10:00,2013-01-31\n2013-02-01 11:30:00,01.02.2013 11:30,13.02.2013\n",
        {"a": "TIMESTAMP", "b": "TIMESTAMP", "c": "DATE"},
        [
            (datetime(2013, 1, 31, 10), datetime(2013, 1, 31, 10), date(2013, 1, 31)),
            (datetime(2013, 2, 1, 11, 30), datetime(2013, 2, 1, 11, 30), date(2013, 2, 13)),
        ],
        {"date_format", "date_formats"},
    ),
    Case(
        "zones are dropped and midnight may be 24:00",
        b"a,b\n2013-01-31T10:00:00+02:00,2013-01-31 24:00:00\n2013-02-01 11:30:00 UTC,2013-02-01 00:00:00\n",
        {"a": "TIMESTAMP", "b": "TIMESTAMP"},
        [
            (datetime(2013, 1, 31, 10), datetime(2013, 2, 1)),
            (datetime(2013, 2, 1, 11, 30), datetime(2013, 2, 1)),
        ],
    ),
    Case(
        "two digits of a year, half a day, names of months",
        b"a,b,c\n31/12/13,12/31/2013 1:05 PM,31-Dec-2013\n01/02/69,11/30/2013 11:00 AM,01-Feb-2014\n",
        {"a": "DATE", "b": "TIMESTAMP", "c": "DATE"},
        [
            (date(2013, 12, 31), datetime(2013, 12, 31, 13, 5), date(2013, 12, 31)),
            (date(1969, 2, 1), datetime(2013, 11, 30, 11), date(2014, 2, 1)),
        ],
        {"date_format"},
    ),
    Case(
        "every way to say missing",
        b"a,b\n1,x\nNA,\nN/A,null\n-,NULL\n?,#N/A\n,\\N\n2.5,#DIV/0!\n",
        {"a": "DOUBLE", "b": "VARCHAR"},
        [(1.0, "x"), (None, None), (None, None), (None, None), (None, None), (None, None), (2.5, None)],
    ),
    Case(
        "whole numbers beyond 64 bits, and beyond what a number holds exactly",
        b"a,b\n99999999999999999999,9007199254740993\n11111111111111111111,5\n",
        {"a": "code", "b": "code"},
        [("99999999999999999999", "9007199254740993"), ("11111111111111111111", "5")],
        {"big_integers"},
        {"big_integers"},
    ),
    Case(
        "numbers and words mixed",
        ("a,b\n" + many("{i},x\n") + "few,y\nmany,z\nnone at all,w\n").encode(),
        {"a": "VARCHAR", "b": "VARCHAR"},
        [*((str(i), "x") for i in range(12)), ("few", "y"), ("many", "z"), ("none at all", "w")],
        {"mixed_types"},
    ),
    Case(
        "headers blank, repeated, reserved, in any script, over two lines",
        ' año ,,año,AÑO,rowid,"two\nlines",数\n1,2,3,4,5,6,7\n8,9,10,11,12,13,14\n'.encode(),
        dict.fromkeys(["año", "column_2", "año_2", "AÑO_3", "rowid_2", "two lines", "数"], "BIGINT"),
        [(1, 2, 3, 4, 5, 6, 7), (8, 9, 10, 11, 12, 13, 14)],
        {"renamed_headers"},
    ),
    Case(
        "years are names",
        b"country,2019,2020\nES,1.5,2.5\nDE,3.5,4.5\n",
        {"country": "VARCHAR", "2019": "DOUBLE", "2020": "DOUBLE"},
        [("ES", 1.5, 2.5), ("DE", 3.5, 4.5)],
    ),
    Case(
        "ragged rows are set aside with their lines",
        b"a,b,c\n1,2,3\n4,5\n\n6,7,8,9\n10,11,12\n13,14,15\n",
        {"a": "BIGINT", "b": "BIGINT", "c": "BIGINT"},
        [(1, 2, 3), (10, 11, 12), (13, 14, 15)],
        broken=[(3, "too few cells"), (4, "too many cells")],
    ),
    Case(
        "line ends of the old Mac",
        b"a,b\r1,x\r2,y\r",
        {"a": "BIGINT", "b": "VARCHAR"},
        [(1, "x"), (2, "y")],
    ),
    Case(
        "line ends of every kind in one file",
        b"a,b\r\n1,x\n2,y\r\n3,z\r",
        {"a": "BIGINT", "b": "VARCHAR"},
        [(1, "x"), (2, "y"), (3, "z")],
        dialect={"as_is": False},
    ),
    Case(
        "Windows' line ends with line breaks in quotes",
        b'a,b\r\n1,"x\ny"\r\n2,z\r\n',
        {"a": "BIGINT", "b": "VARCHAR"},
        [(1, "x\ny"), (2, "z")],
    ),
    Case(
        "a few NUL bytes",
        b"a,b\n1,x\0y\n2,z\n",
        {"a": "BIGINT", "b": "VARCHAR"},
        [(1, "xy"), (2, "z")],
        {"nul_bytes"},
        dialect={"as_is": False},
    ),
    Case(
        "a byte that is no UTF-8",
        b"a,b\n" + "1,é\n".encode() * 100 + b"2,\xff\n",
        {"a": "BIGINT", "b": "VARCHAR"},
        [(1, "é")] * 100 + [(2, "\ufffd")],
        {"damaged_bytes"},
        dialect={"as_is": False},
    ),
    Case(
        "gzip",
        gzip.compress(EURO.encode()),
        EURO_TYPES,
        EURO_ROWS,
        EURO_NOTES,
        dialect={"compression": "gzip", "as_is": False},
    ),
    Case(
        "Latin-1",
        b"ciudad,n\nM\xe1laga,1\nGij\xf3n,2\n",
        {"ciudad": "VARCHAR", "n": "BIGINT"},
        [("Málaga", 1), ("Gijón", 2)],
        {"encoding"},
        {"encoding"},
        dialect={"encoding": "latin-1"},
    ),
    Case(
        "an encoding as asked",
        "miasto,n\nŁódź,1\nKraków,2\n".encode("cp1250"),
        {"miasto": "VARCHAR", "n": "BIGINT"},
        [("Łódź", 1), ("Kraków", 2)],
        asked={"encoding": "windows-1250"},
        dialect={"encoding": "cp1250"},
    ),
    Case(
        "an odd delimiter as asked",
        b"a~b\n1,5~x\n2,5~y\n",
        {"a": "DOUBLE", "b": "VARCHAR"},
        [(1.5, "x"), (2.5, "y")],
        {"number_format"},
        asked={"delimiter": "~"},
        dialect={"delimiter": "~"},
    ),
    Case(
        "months by name, in six languages",
        "es,pt,fr,de,it,en\n"
        "05-ene-2019,5 de fevereiro de 2019,1er févr. 2019,5. Mrz 2019,5 maggio 2019,Sep 5 2019\n"
        "15 de marzo de 2020,7/dez/2020,12 août 2020,3. Dezember 2020,12-gen-2020,"
        "Tue May 29 12:54:08 PDT 2018\n".encode(),
        {"es": "DATE", "pt": "DATE", "fr": "DATE", "de": "DATE", "it": "DATE", "en": "TIMESTAMP"},
        [
            (date(2019, 1, 5), date(2019, 2, 5), date(2019, 2, 1), date(2019, 3, 5), date(2019, 5, 5),
             datetime(2019, 9, 5)),
            (date(2020, 3, 15), date(2020, 12, 7), date(2020, 8, 12), date(2020, 12, 3), date(2020, 1, 12),
             datetime(2018, 5, 29, 12, 54, 8)),
        ],
        {"date_format", "date_formats"},
    ),
    Case(
        "months, quarters and compact moments",
        b"a,b,c,d,e\n2003-06,06/2003,2003M06,2003-Q2,20140916T000000\n"
        b"2003-07,12/2003,2003M07,Q4 2003,20140917T013000\n",
        {"a": "DATE", "b": "DATE", "c": "DATE", "d": "DATE", "e": "TIMESTAMP"},
        [
            (date(2003, 6, 1), date(2003, 6, 1), date(2003, 6, 1), date(2003, 4, 1), datetime(2014, 9, 16)),
            (date(2003, 7, 1), date(2003, 12, 1), date(2003, 7, 1), date(2003, 10, 1), datetime(2014, 9, 17, 1, 30)),
        ],
        {"date_format"},
    ),
    Case(
        "times of day and durations are hours",
        b"a,b,c\n13:30,1h 30m,1:05 PM\n00:45:00,45m,12:15 AM\n",
        {"a": "DOUBLE", "b": "DOUBLE", "c": "DOUBLE"},
        [(13.5, 1.5, 13 + 5 / 60), (0.75, 0.75, 0.25)],
        {"number_format"},
    ),
    Case(
        "no date, and births of the last century",
        b"f,dob\n0000-00-00,31/12/30\n2013-01-31,01/02/99\n",
        {"f": "DATE", "dob": "DATE"},
        [(None, date(1930, 12, 31)), (date(2013, 1, 31), date(1999, 2, 1))],
        {"two_digit_years", "date_format"},
        {"two_digit_years"},
    ),
    Case(
        "lakhs, units, sizes, and more than",
        'a,b,c,d,e\n"1,23,456",23.4 kmpl,1.2k,"10,000+",\u20ac1.5M\n"12,34,567",8 kmpl,19M,500+,\u20ac500K\n'.encode(),
        {"a": "BIGINT", "b": "DOUBLE", "c": "DOUBLE", "d": "BIGINT", "e": "DOUBLE"},
        [(123456, 23.4, 1200.0, 10000, 1_500_000.0), (1234567, 8.0, 19e6, 500, 500_000.0)],
        {"number_format"},
        {"number_format"},
    ),
    Case(
        "words that begin with a number are no amounts",
        b"street,flat\n12 Main Street,12A\n14 Elm Road,13B\n3 High St,14C\n",
        {"street": "VARCHAR", "flat": "VARCHAR"},
        [("12 Main Street", "12A"), ("14 Elm Road", "13B"), ("3 High St", "14C")],
    ),
    Case(
        "guards of a spreadsheet",
        b"zip,n,p,who,when\n=\"01000\",=\"2.5\",'54%,'tis,=\"2013-01-31\"\n=\"01001\",=\"-1\",'7%,=\"b\",=\"2013-02-28\"\n",
        {"zip": "code", "n": "DOUBLE", "p": "BIGINT", "who": "VARCHAR", "when": "DATE"},
        [("01000", 2.5, 54, "'tis", date(2013, 1, 31)), ("01001", -1.0, 7, "b", date(2013, 2, 28))],
        {"leading_zeros", "number_format"},
        {"leading_zeros"},
    ),
    Case(
        "nothing, as statistics offices and spreadsheets in other languages write it",
        "a,b,c,d,e\n..,#NULL!,\u00a0,—,**\n1,2,3,4,5\n#¡DIV/0!,#VALEUR!,#NOMBRE?,s/d,:\n".encode(),
        dict.fromkeys("abcde", "BIGINT"),
        [(None,) * 5, (1, 2, 3, 4, 5), (None,) * 5],
    ),
    Case(
        "the same among words",
        "a,b\nx,..\n#¡VALOR!,y\n\u00a0,z\n".encode(),
        {"a": "VARCHAR", "b": "VARCHAR"},
        [("x", ".."), (None, "y"), (None, "z")],
    ),
    Case("one row", b"a,b\n1,x\n", {"a": "BIGINT", "b": "VARCHAR"}, [(1, "x")]),
    Case(
        "pipes",
        b"a|b\n1|x,y\n2|z;w\n",
        {"a": "BIGINT", "b": "VARCHAR"},
        [(1, "x,y"), (2, "z;w")],
        dialect={"delimiter": "|"},
    ),
]  # fmt: skip


def zipped(*members: tuple[str, str]) -> bytes:
    """An archive of (name, content), as workbooks are."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


SHEET = "application/vnd.oasis.opendocument.spreadsheet"
XLSX = zipped(("[Content_Types].xml", "<Types/>"), ("xl/workbook.xml", "<workbook/>"))
REFUSED = {
    "empty": (b"", "empty"),
    "blank lines": (b"\n \n\n", "empty"),
    "header only": (b"a,b\n", "nothing below it"),
    "one column": (b"a\n1\n2\n", "single column"),
    "binary": (bytes(range(256)) * 40, "binary"),
    "an Excel workbook that is none": (XLSX, "workbook, and damaged.*save it as a new .xlsx"),
    "an Excel workbook that was cut short": (XLSX[:60] + bytes(2000), "Excel workbook, and damaged"),
    "an old Excel workbook that is none": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000),
        "workbook, and damaged",
    ),
    "a very old Excel workbook": (b"\t\x08\x10\0\0\x06" + bytes(2000), "Excel workbook: open it"),
    "an Excel workbook as XML": (
        b'<?xml version="1.0"?>\n<Workbook xmlns="x:office:spreadsheet">',
        "written as XML",
    ),
    "an OpenDocument spreadsheet": (
        zipped(("mimetype", SHEET), ("content.xml", "")),
        "workbook, and damaged",
    ),
    "a Numbers spreadsheet": (zipped(("Index/Document.iwa", "")), "Numbers"),
    "a web page named .xls": (b"\xef\xbb\xbf\r\n<html><table><tr><td>a</td></tr></table>", "web page"),
    "an archive of a CSV": (zipped(("data/rows.csv", "a,b\n1,2\n")), "with data/rows.csv in it"),
    "JSON": (b'[{"a": 1, "b": 2},\n {"a": 3, "b": 4}]\n', "JSON"),
    "a PDF": (b"%PDF-1.7\n" + bytes(2000), "PDF"),
    "a gzip that was cut short": (gzip.compress(b"a,b\n" + b"1,2\n" * 9999)[:-20], "cut short"),
    "a gzip that is damaged": (b"\x1f\x8b\x08\x00" + b"nothing of the kind", "gzip"),
    "a Parquet file that was cut short": (b"PAR1" + bytes(100), "cannot be read"),
    "values in the first line": (b"1,2\n3,4\n", "values, not column names"),
    "more broken rows than a tenth": (b"a,b\n" + b"1,2\n" * 80 + b"1\n" * 20, "20 of its 100 rows"),
    "more than 5,000 columns": (b",".join(b"c%d" % i for i in range(5001)) + b"\n", "more than 5000 columns"),
}
