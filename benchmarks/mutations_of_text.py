"""What can happen to a text: to its letters, to a table of lines and columns, to JSON."""

import random
import re
from collections.abc import Callable, Sequence

Mutation = Callable[[random.Random, bytes], bytes]

NUMBERS = (
    *("1e308", "-1e308", "1e309", "1e-320", "1" + "0" * 400, "0." + "0" * 400 + "1", "-0", "-0.0", "NaN"),
    *("Infinity", "-Infinity", "inf", "99999999999999999999", "-9223372036854775809", "18446744073709551616"),
    *("340282366920938463463374607431768211456", "0x1F", "1_000", "1,5", "1.000.000,5", "+7", "1.", ".5"),
    *("٣", "７", "½", "1e", "--1", "1 2", "007", "1e5000", "-1", "null", "true", "1" * 5_000),
)
WORDS = (
    *("", " ", "\t", "NULL", "N/A", "-", "�", "\\", "\\N", "'", "';DROP TABLE x;--", "=1+1", "%s%n", "{0}"),
    *("a" * 100_000, "Ｈà Nội", "Ha\u0300 No\u0323\u0302i", "\u200b", "\u202e", "İ", "ß", "2026-02-30"),
    *("2026-08-01T03:00:00+99:99", "0000-00-00", "-292277022657-01-27T08:29:52Z", "9999-12-31T23:59:60Z"),
    *("292278994-08-17T07:12:55Z", "1970-01-01", "999.999.999.999", "::1", "fe80::1%eth0", "::ffff:1.2.3.4"),
)
_ENCODINGS = ("utf-16", "utf-16-le", "utf-16-be", "cp1252", "utf-8-sig", "utf-32", "utf-7", "cp037", "viscii")
_NUMBER = re.compile(rb"(?<![\w.\"-])-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])")
_KEY = re.compile(rb'"([^"\\]{1,60})"(\s*:\s*)')
_VALUE = re.compile(rb'("[^"\\]{1,60}"\s*:\s*)("[^"\\]*"|-?[\d.]+(?:[eE][+-]?\d+)?|true|false|null)')
_DEPTHS = (40, 900, 5_000, 100_000)


def _decoded(data: bytes) -> str:
    return data.decode("utf-8", errors="replace")


def _one(rng: random.Random, pattern: re.Pattern[bytes], data: bytes) -> re.Match[bytes] | None:
    found = list(pattern.finditer(data))
    return rng.choice(found) if found else None


def _replaced(match: re.Match[bytes] | None, data: bytes, new: bytes) -> bytes:
    return data if match is None else data[: match.start()] + new + data[match.end() :]


# ---- any text


def _encoded(rng: random.Random, data: bytes) -> bytes:
    encoding = rng.choice(_ENCODINGS)
    try:
        return _decoded(data).encode(encoding, errors="replace")
    except LookupError:  # VISCII is not everywhere
        return _decoded(data).encode("cp1258", errors="replace")


def _in_two_encodings(rng: random.Random, data: bytes) -> bytes:
    text = _decoded(data) + "Đà Nẵng, Ñuñoa, Zürich\n"
    place = rng.randrange(len(text))
    first, second = rng.sample(("utf-8", "cp1252", "utf-16-le"), 2)
    return text[:place].encode(first, errors="replace") + text[place:].encode(second, errors="replace")


def _odd_number(rng: random.Random, data: bytes) -> bytes:
    for _ in range(rng.choice((1, 1, 2, 8))):
        data = _replaced(_one(rng, _NUMBER, data), data, rng.choice(NUMBERS).encode())
    return data


def _number_scaled(rng: random.Random, data: bytes) -> bytes:
    match = _one(rng, _NUMBER, data)
    if match is None:
        return data
    scaled = float(match[0]) * rng.choice((8, 1000, 1024, 1 / 8, 1e-6, -1, 1e12))
    return _replaced(match, data, repr(scaled).encode())


def _odd_word(rng: random.Random, data: bytes) -> bytes:
    words = re.compile(rb'(?<=[",;\t])[^",;\t\n]{1,40}(?=[",;\t\n])')
    return _replaced(_one(rng, words, data), data, rng.choice(WORDS).encode())


def _other_line_ends(rng: random.Random, data: bytes) -> bytes:
    end = rng.choice((b"\r\n", b"\r", b"\n\r", b"\n\n", b"\r\r\n"))
    if rng.random() < 0.5:
        return data.replace(b"\n", end)
    return data.replace(b"\n", end, rng.randint(1, 3))


def _lines_shuffled(rng: random.Random, data: bytes) -> bytes:
    lines = data.splitlines(keepends=True)
    rng.shuffle(lines)
    return b"".join(lines)


def _line_doubled(rng: random.Random, data: bytes) -> bytes:
    lines = data.splitlines(keepends=True)
    if not lines:
        return data
    line = rng.choice(lines)
    lines[rng.randrange(len(lines) + 1) : 0] = [line] * rng.choice((1, 1, 2, 500))
    return b"".join(lines)


def _line_dropped(rng: random.Random, data: bytes) -> bytes:
    lines = data.splitlines(keepends=True)
    if lines:
        del lines[rng.randrange(len(lines))]
    return b"".join(lines)


def _foreign_line(rng: random.Random, data: bytes) -> bytes:
    lines = data.splitlines(keepends=True)
    foreign = rng.choice(
        (b"# a comment\n", b"sep=;\n", b"<html><body>404</body></html>\n", b"Total,,,,\n", b"--\n",
         b",\n" * 30, b"\n" * 30, b'{"error": "rate limited"}\n', b"null\n", b"[]\n", b"x" * 100_000 + b"\n")
    )  # fmt: skip
    lines.insert(rng.choice((0, rng.randrange(len(lines) + 1))), foreign)
    return b"".join(lines)


# ---- tables


def _columns(rng: random.Random, data: bytes) -> tuple[bytes, list[list[bytes]], int]:
    """The delimiter, the fields of every line split at it, quotes or not, and one of the columns."""
    lines = data.split(b"\n")
    delimiter = max((b",", b";", b"\t"), key=lines[0].count)
    rows = [line.split(delimiter) for line in lines]
    return delimiter, rows, rng.randrange(len(rows[0]))


def _joined(delimiter: bytes, rows: list[list[bytes]]) -> bytes:
    return b"\n".join(delimiter.join(row) for row in rows)


def _column_renamed(rng: random.Random, data: bytes) -> bytes:
    delimiter, rows, column = _columns(rng, data)
    name = rows[0][column]
    rows[0][column] = rng.choice(
        (
            name + b"s",
            name.upper(),
            name.replace(b"_", b" "),
            b" " + name,
            name[:-1],
            b"",
            b"colour",
            b'"',
            name[::-1],
        )
    )
    return _joined(delimiter, rows)


def _column_dropped(rng: random.Random, data: bytes) -> bytes:
    delimiter, rows, column = _columns(rng, data)
    return _joined(delimiter, [row[:column] + row[column + 1 :] for row in rows])


def _column_doubled(rng: random.Random, data: bytes) -> bytes:
    delimiter, rows, column = _columns(rng, data)
    return _joined(delimiter, [row[: column + 1] + row[column:] for row in rows])


def _columns_reordered(rng: random.Random, data: bytes) -> bytes:
    delimiter, rows, _ = _columns(rng, data)
    order = rng.sample(range(len(rows[0])), len(rows[0]))
    fit = [row for row in rows if len(row) == len(order)]
    return _joined(delimiter, [[row[place] for place in order] for row in fit])


def _columns_swapped_in_a_row(rng: random.Random, data: bytes) -> bytes:
    delimiter, rows, column = _columns(rng, data)
    row = rng.choice(rows)
    if len(row) > column:
        row[column], row[0] = row[0], row[column]
    return _joined(delimiter, rows)


def _field_too_many(rng: random.Random, data: bytes) -> bytes:
    delimiter, rows, column = _columns(rng, data)
    rng.choice(rows)[column:column] = [b"x"] * rng.choice((1, 1, 1_000))
    return _joined(delimiter, rows)


def _field_too_few(rng: random.Random, data: bytes) -> bytes:
    delimiter, rows, column = _columns(rng, data)
    del rng.choice(rows)[column : column + 1]
    return _joined(delimiter, rows)


def _other_delimiter(rng: random.Random, data: bytes) -> bytes:
    _delimiter, rows, _ = _columns(rng, data)
    return _joined(rng.choice((b";", b"\t", b"|", b", ", b" ")), rows)


def _only_its_header(rng: random.Random, data: bytes) -> bytes:
    return data.split(b"\n")[0] + rng.choice((b"", b"\n", b"\r\n", b"\n\n\n"))


def _quotes_broken(rng: random.Random, data: bytes) -> bytes:
    delimiter, rows, column = _columns(rng, data)
    row = rng.choice(rows)
    if len(row) > column:
        field = row[column]
        row[column] = rng.choice(
            (b'"' + field, field + b'"', b'"' + field + b'"x', b'""' + field, b'"' + field + b'\\"',
             b'"' + field + b'\n"', b"'" + field, b'"' + delimiter + field + b'"', b'" ' + field + b'" ')
        )  # fmt: skip
    return _joined(delimiter, rows)


# ---- JSON


def _key_renamed(rng: random.Random, data: bytes) -> bytes:
    match = _one(rng, _KEY, data)
    if match is None:
        return data
    name = rng.choice(
        (match[1] + b"s", match[1].upper(), b"", match[1][:-1], b"a.b", b"\\u0000", b"__proto__")
    )
    return _replaced(match, data, b'"' + name + b'"' + match[2])


def _key_doubled(rng: random.Random, data: bytes) -> bytes:
    match = _one(rng, _VALUE, data)
    if match is None:
        return data
    second = match[1] + rng.choice((match[2], b"7", b'"other"', b"null", b"{}"))
    return _replaced(match, data, match[0] + b", " + second)


def _key_dropped(rng: random.Random, data: bytes) -> bytes:
    match = _one(rng, re.compile(_VALUE.pattern + rb"\s*,"), data)
    return _replaced(match, data, b"")


def _value_of_another_type(rng: random.Random, data: bytes) -> bytes:
    match = _one(rng, _VALUE, data)
    if match is None:
        return data
    value = rng.choice(
        (b"null", b"true", b"[]", b"{}", b"[1, 2]", b'{"a": {"b": [1]}}', b'""', b'"1"', b"0",
         b"[null]", b"[{}]",         b'"' + match[2].strip(b'"') + b'"', b"[" + match[2] + b"]")
    )  # fmt: skip
    return _replaced(match, data, match[1] + value)


def _text_with_odd_escapes(rng: random.Random, data: bytes) -> bytes:
    match = _one(rng, _VALUE, data)
    if match is None:
        return data
    text = rng.choice(
        (
            rb"\ud800",
            rb"\udc00\ud800",
            rb"\u0000",
            rb"\x41",
            rb"\u12",
            b"\\",
            b"\x01",
            b"\n",
            rb"\uffff",
            rb"\/",
        )
    )
    return _replaced(match, data, match[1] + b'"' + text + b'"')


def _deeply_nested(rng: random.Random, data: bytes) -> bytes:
    depth = rng.choice(_DEPTHS)
    opened, closed = rng.choice(((b"[", b"]"), (b'{"a":', b"}")))
    nested = opened * depth + b"1" + closed * rng.choice((depth, depth, depth - 1))
    match = _one(rng, _VALUE, data)
    return nested if match is None else _replaced(match, data, match[1] + nested)


def _other_framing(rng: random.Random, data: bytes) -> bytes:
    return rng.choice(
        (b"[" + data + b"]", data + b",", data + b"]", b"[" + data, data.replace(b"\n", b""),
         b'{"data": ' + data + b"}", data.replace(b"\n", b",\n"), b"x(" + data + b");", data + data,
         data.replace(b'"', b"'"), b")]}'\n" + data)
    )  # fmt: skip


OF_TEXT: Sequence[tuple[str, Mutation]] = (
    ("in another encoding", _encoded),
    ("in two encodings", _in_two_encodings),
    ("odd numbers", _odd_number),
    ("a number scaled", _number_scaled),
    ("an odd word", _odd_word),
    ("other line ends", _other_line_ends),
    ("lines shuffled", _lines_shuffled),
    ("a line doubled", _line_doubled),
    ("a line dropped", _line_dropped),
    ("a foreign line", _foreign_line),
)
OF_TABLES: Sequence[tuple[str, Mutation]] = (
    ("a column renamed", _column_renamed),
    ("a column dropped", _column_dropped),
    ("a column doubled", _column_doubled),
    ("columns reordered", _columns_reordered),
    ("columns swapped in a row", _columns_swapped_in_a_row),
    ("a field too many", _field_too_many),
    ("a field too few", _field_too_few),
    ("another delimiter", _other_delimiter),
    ("only its header", _only_its_header),
    ("quotes broken", _quotes_broken),
)
OF_JSON: Sequence[tuple[str, Mutation]] = (
    ("a key renamed", _key_renamed),
    ("a key doubled", _key_doubled),
    ("a key dropped", _key_dropped),
    ("a value of another type", _value_of_another_type),
    ("odd escapes", _text_with_odd_escapes),
    ("deeply nested", _deeply_nested),
    ("framed otherwise", _other_framing),
)
