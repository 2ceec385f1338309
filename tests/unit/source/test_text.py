import os
from pathlib import Path

import pytest

from generator.diagnostics import SynapseGenError, render_text
from generator.source import read_text


def refused(path: Path) -> str:
    with pytest.raises(SynapseGenError) as caught:
        read_text(path, "specs/x.yaml")
    assert len(caught.value.diagnostics) == 1
    return render_text(caught.value.diagnostics[0])


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_bytes(b"\xef\xbb\xbfname: \xc3\xa9\r\n")
    assert read_text(file, "x") == "name: é\r\n"


def test_a_missing_file(tmp_path: Path) -> None:
    assert refused(tmp_path / "x.yaml") == "specs/x.yaml: error[SYN001]: there is no such file"


def test_a_folder(tmp_path: Path) -> None:
    assert refused(tmp_path) == "specs/x.yaml: error[SYN001]: this is a folder, a file is wanted"


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.yaml")
    assert refused(tmp_path / "x.yaml") == "specs/x.yaml: error[SYN001]: this is no regular file"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text("a: 1")
    file.chmod(0)
    assert refused(file) == "specs/x.yaml: error[SYN001]: this file may not be read: permission denied"


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file whose reading fails")
def test_a_file_whose_reading_fails() -> None:
    message = refused(Path("/proc/self/mem"))
    assert message.startswith("specs/x.yaml: error[SYN001]: the file cannot be read: ")


def test_a_link_to_itself(tmp_path: Path) -> None:
    link = tmp_path / "x.yaml"
    link.symlink_to(link)
    assert refused(link).startswith("specs/x.yaml: error[SYN001]: the file cannot be read: Too many levels")


def test_a_name_that_is_none() -> None:
    assert refused(Path("a\0b")) == "specs/x.yaml: error[SYN001]: this is no file name: embedded null byte"


@pytest.mark.parametrize("content", [b"", b" \n\t\n", b"\xef\xbb\xbf"])
def test_an_empty_file(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.yaml").write_bytes(content)
    assert (
        refused(tmp_path / "x.yaml") == "specs/x.yaml: error[SYN002]: the file is empty\n  help: fill it, or delete it"
    )


def test_a_binary_file(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_bytes(b"PK\x03\x04\n\x00\x00")
    assert refused(tmp_path / "x.yaml") == (
        "specs/x.yaml:2:1: error[SYN003]: the file is binary: it holds a NUL character"
    )


def test_another_encoding_is_named_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_bytes("a: 1\nname: Zürich".encode("latin-1"))
    assert refused(tmp_path / "x.yaml") == (
        "specs/x.yaml:2:8: error[SYN003]: byte 0xFC is not UTF-8: the file is binary or has another encoding\n"
        "  help: save it as UTF-8"
    )


def test_utf_16_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_bytes("a: 1".encode("utf-16"))
    assert refused(tmp_path / "x.yaml") == (
        "specs/x.yaml: error[SYN003]: the file is UTF-16 text\n  help: save it as UTF-8"
    )


def test_a_file_too_large_to_be_a_spec(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_bytes(b"#" * 5_000_001)
    assert refused(tmp_path / "x.yaml") == "specs/x.yaml: error[SYN003]: the file is larger than 5,000,000 bytes"
