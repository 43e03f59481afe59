"""Subjects under another name."""

import pyarrow as pa
from cryptography.hazmat.primitives.ciphers import algorithms
from cryptography.hazmat.primitives.cmac import CMAC
from hypothesis import given
from hypothesis import strategies as st

from qos.ingest.pseudonyms import _Cmac, pseudonyms

KEY = bytes(range(32))


@given(st.lists(st.text(max_size=70) | st.sampled_from(["x" * 15, "x" * 16, "x" * 17, "é" * 8, "z" * 32])))
def test_a_column_of_codes_is_what_the_library_gives_one_by_one(subjects) -> None:
    expected = []
    for subject in subjects:
        cmac = CMAC(algorithms.AES(KEY))
        cmac.update(subject.encode())
        expected.append(int.from_bytes(cmac.finalize()[:8], "big", signed=True))
    assert _Cmac(KEY).of_all(pa.array(subjects, pa.string())).tolist() == expected


def test_a_part_of_a_longer_column_gives_its_own_codes() -> None:
    whole = pa.array(["one", "two", "three", "four"])
    assert _Cmac(KEY).of_all(whole[1:3]).tolist() == _Cmac(KEY).of_all(whole).tolist()[1:3]


def test_a_subject_has_another_name_in_another_quarter_source_and_workspace() -> None:
    subject = pa.array(["phone-1"])
    names = {
        pseudonyms(key, source)(quarter, subject)[0].as_py()
        for key, source, quarter in (
            (KEY, "a", "2026Q3"),
            (KEY, "b", "2026Q3"),
            (KEY, "a", "2026Q4"),
            (KEY[::-1], "a", "2026Q3"),
        )
    }
    assert len(names) == 4
