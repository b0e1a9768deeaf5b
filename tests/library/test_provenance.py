"""What a snapshot is made of, in one line."""

from __future__ import annotations

from hf_providers.documents.provenance import made_of


def entry(source: str, begin: str | None, end: str | None) -> dict[str, str | None]:
    return {"source": source, "from": begin, "to": end}


def test_each_source_is_named_once_with_its_first_and_last_day() -> None:
    sources = [
        entry("hub-list", "2026-02-26T11:27:29Z", "2026-02-26T11:27:29Z"),
        entry("prices", "2025-09-23", "2026-08-18"),
        entry("hub-list", "2026-02-23T13:23:08Z", None),
        entry("undated", None, None),
    ]
    assert made_of(sources) == "hub-list 2026-02-23 to 2026-02-26; prices 2025-09-23 to 2026-08-18; undated"
    assert made_of([]) == ""
