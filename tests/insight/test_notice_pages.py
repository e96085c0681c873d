"""Every notice of every pack in both languages, as pages to look at."""

from pathlib import Path

import pytest

from contracts.words import Language
from insight.notices import pages, write
from policies.pack import FOLDER, load

PACKS = sorted(file.parent.name for file in FOLDER.glob("*/pack.yaml"))


@pytest.mark.parametrize("name", PACKS)
def test_every_notice_of_a_pack_is_shown_in_both_languages(name: str) -> None:
    pack = load(name)
    made = list(pages(pack))
    assert {(page.notice, page.language) for page in made} == {
        (notice.notice, language) for notice in pack.notices for language in Language
    }
    assert [page.file for page in made if page.rendered is None] == []
    assert [page.notice for page in made] == [page.rendered.notice for page in made if page.rendered]


def test_the_index_leads_to_every_page(tmp_path: Path) -> None:
    made = write(load("cn-carrier"), tmp_path)
    index = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert all(f'href="{page.file}"' in index and (tmp_path / page.file).is_file() for page in made)


def test_a_page_shows_the_words_and_their_hash(tmp_path: Path) -> None:
    (page,) = [each for each in write(load("cn-carrier"), tmp_path) if each.file == "line-terminated.zh.html"]
    text = (tmp_path / page.file).read_text(encoding="utf-8")
    assert page.rendered and page.rendered.subject in text and page.rendered.sha256 in text
