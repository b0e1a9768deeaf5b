"""Every page is valid, readable without scripts, and such that its strict Content-Security-Policy can hold."""

from __future__ import annotations

import gzip
import itertools
import json
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from tests.site.conftest import ROOT, skip_unless_ci
from tests.site.html import elements, pages, parsed

VNU = ROOT / "site/node_modules/vnu-jar/build/dist/vnu.jar"
SAMPLE = 30
"""Pages of each folder of many that the validator reads."""
MODEL_GZIP = 15_000
HOME_GZIP = 20_000
SCREEN_GZIP = 60_000
PAGE_GZIP = 60_000
"""What any page may weigh, compressed; that of models and home are held tighter."""
IMPORTED = re.compile(r"chunk-[A-Z0-9]+\.js")


@pytest.fixture(params=["site", "hostile_site"], ids=["committed", "hostile"])
def built(request: pytest.FixtureRequest) -> Path:
    path: Path = request.getfixturevalue(request.param)
    return path


def wrong(site: Path, find: str) -> list[tuple[str, str]]:
    """The first elements of any page that a CSS selector finds, by page."""
    found = ((page.relative_to(site).as_posix(), node) for page in pages(site) for node in parsed(page).css(find))
    return [(page, (node.html or "")[:200]) for page, node in found][:10]


def test_nothing_is_inline_that_the_policy_forbids(built: Path) -> None:
    assert wrong(built, 'script:not([src]):not([type="application/ld+json"])') == []
    assert wrong(built, "style, [style], base, object, embed, iframe, frame") == []
    handlers = [
        (page, name)
        for page in pages(built)
        for node in elements(page)
        for name in node.attributes
        if name.lower().startswith("on") or name.lower() == "srcdoc"
    ]
    assert handlers == []


def test_nothing_comes_from_elsewhere(built: Path) -> None:
    """The addresses that a browser follows by itself are relative; only the canonical one names a host."""
    for find, name in (("script, img, source, audio, video, track, use", "src"), ("use, image", "href")):
        assert wrong(built, ", ".join(f'{tag.strip()}[{name}*="//"]' for tag in find.split(","))) == []
    assert wrong(built, 'link[href*="//"]:not([rel=canonical])') == []
    assert wrong(built, 'form[action*="//"], [srcset], [ping], meta[http-equiv=refresh]') == []


def test_the_policy_comes_before_anything_that_it_governs(built: Path) -> None:
    for page in pages(built):
        head = parsed(page).head
        assert head is not None
        names = [(node.tag, node.attributes.get("http-equiv")) for node in head.iter()]
        assert names[1] == ("meta", "Content-Security-Policy"), page
        policy = parsed(page).css_first("meta[http-equiv]").attributes["content"] or ""
        said = {part.split()[0]: part.split()[1:] for part in policy.split(";")}
        assert said["default-src"] == ["'none'"]
        assert said["base-uri"] == ["'none'"]
        wasm = {"'wasm-unsafe-eval'"} if page.parent.name == "sql" else set()
        assert set(said["script-src"]) == {"'self'"} | wasm
        assert said["style-src"] == said["connect-src"] == said["form-action"] == ["'self'"]


def test_each_page_has_a_language_a_title_of_its_own_and_one_heading_that_others_follow(built: Path) -> None:
    titles: Counter[str] = Counter()
    for page in pages(built):
        tree = parsed(page)
        assert tree.css_first("html").attributes["lang"] == "en"
        titles[tree.css_first("title").text()] += 1
        levels = [int(node.tag[1]) for node in tree.css("h1, h2, h3, h4, h5, h6")]
        assert levels.count(1) == 1, page
        assert levels[0] == 1, page
        assert all(after <= before + 1 for before, after in itertools.pairwise(levels)), (page, levels)
        description = tree.css_first("meta[name=description]").attributes["content"]
        assert description
    cased = {title.lower() for title in titles}
    assert len(titles) > len(cased) * 0.95
    assert len(titles) >= len(pages(built)) * 0.95, titles.most_common(3)


def test_tables_images_and_inputs_are_named_for_those_who_hear_them(built: Path) -> None:
    assert wrong(built, "table th:not([scope])") == []
    assert wrong(built, "img:not([alt]), svg:not([role]):not([aria-hidden])") == []
    assert wrong(built, 'svg[role="img"]:not([aria-label]):not([aria-labelledby])') == []
    assert wrong(built, 'div.scroll:not([tabindex="0"])') == []
    for page in pages(built):
        tree = parsed(page)
        for table in tree.css("table"):
            around = table.parent.attributes if table.parent else {}
            named = (table.attributes.keys() | around.keys()) & {"aria-label", "aria-labelledby"}
            assert table.css_first("caption") or named, page
        assert list(unlabelled(tree)) == [], page


def unlabelled(tree: LexborHTMLParser) -> Iterator[str]:
    named = {node.attributes["for"] for node in tree.css("label[for]")}
    inside = {node.mem_id for node in tree.css("label input, label select, label textarea")}
    for node in tree.css("input:not([type=hidden]), select, textarea"):
        own = node.attributes.keys() & {"aria-label", "aria-labelledby"}
        if not own and node.attributes.get("id") not in named and node.mem_id not in inside:
            yield node.html or ""


def test_ids_are_unique_and_what_names_another_element_finds_it(built: Path) -> None:
    for page in pages(built):
        tree = parsed(page)
        ids = Counter(node.attributes["id"] for node in tree.css("[id]"))
        assert [name for name, times in ids.items() if times > 1] == [], page
        for attribute in ("aria-labelledby", "aria-describedby", "aria-controls", "for", "list"):
            for node in tree.css(f"[{attribute}]"):
                assert set((node.attributes[attribute] or "").split()) <= ids.keys(), (page, node.html)


def test_linked_data_is_json_and_cannot_end_its_element(built: Path) -> None:
    kinds = set()
    for page in pages(built):
        for node in parsed(page).css('script[type="application/ld+json"]'):
            said = json.loads(node.text())
            kinds.add(said["@type"])
            assert "schema.org" in said["@context"]
    assert "Dataset" in kinds


def test_pages_are_light(built: Path) -> None:
    weights = {page.relative_to(built).as_posix(): len(gzip.compress(page.read_bytes(), 6)) for page in pages(built)}
    assert {page: weight for page, weight in weights.items() if weight > PAGE_GZIP} == {}
    models = {page: weight for page, weight in weights.items() if page.startswith("models/")}
    assert {page: weight for page, weight in models.items() if weight > MODEL_GZIP} == {}
    assert weights["index.html"] <= HOME_GZIP


def test_what_the_first_screen_of_home_needs_is_light(built: Path) -> None:
    """The page, and what it names: the style, the scripts with what they import, and the index."""
    home = parsed(built / "index.html")
    named = [node.attributes["href"] for node in home.css("link[rel=stylesheet]")]
    named += [node.attributes["src"] for node in home.css("script[src]")]
    named.append(home.css_first("#find").attributes["data-first"])
    files = {built / str(name) for name in named}
    files |= {built / "assets" / name for file in files for name in IMPORTED.findall(file.read_text())}
    weight = sum(len(gzip.compress(file.read_bytes(), 6)) for file in files | {built / "index.html"})
    assert len(files) > 4
    assert weight <= SCREEN_GZIP


def test_every_page_says_as_of_when(built: Path) -> None:
    """The time of its dataset, which the manifest has."""
    moments = set()
    for page in pages(built):
        moments |= {node.attributes["datetime"] for node in parsed(page).css("footer time")}
    assert len(moments) == 1
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", str(moments.pop()))


def sample(site: Path) -> list[Path]:
    """All pages but the many of a kind, and the largest of those: what a page can have, they have."""
    models = sorted((site / "models").rglob("*.html"), key=lambda page: -page.stat().st_size)
    kinds: dict[Path, list[Path]] = {}
    for page in pages(site):
        if page not in set(models):
            kinds.setdefault(page.parent.parent, []).append(page)
    return models[:SAMPLE] + [page for group in kinds.values() for page in group[:SAMPLE]]


def test_the_validator_finds_nothing(site: Path, hostile_site: Path) -> None:
    java = shutil.which("java")
    if java is None or not VNU.is_file():
        skip_unless_ci("the validator of HTML needs java, and vnu-jar in site/node_modules")
        return
    files = [*sample(site), *pages(hostile_site)]
    command = [java, "-jar", str(VNU), "--format", "json", "--stdout", "--exit-zero-always", *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    messages = json.loads(done.stdout)["messages"]
    assert len(files) > SAMPLE
    found = Counter(f"{said['message']} | {said.get('extract', '')}" for said in messages if said["type"] != "info")
    assert found.most_common(5) == []
