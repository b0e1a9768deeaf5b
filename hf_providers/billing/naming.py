"""Find the model and the provider that a usage log names: by id, exact name, or a provider's own id, never by guessing.

A similar name does not count when pricing: a wrong model's price would look right.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from hf_providers.billing.fields import CLIENT_PROVIDERS
from hf_providers.catalog import aliases, pasted
from hf_providers.catalog.exact import may_be_an_id
from hf_providers.errors import NoSuchProvider, Unpriced
from hf_providers.snippets import POLICIES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hf_providers.catalog.database import Catalog

NAMES_KEPT = 10_000
"""How many names are remembered, so that a log full of unknown ones is not slow."""
ROUTER_WORDS = frozenset(("huggingface", "hf", "hfrouter", "huggingfacerouter", "router", "auto", "custom"))
"""The words that clients log as the provider where the router chose one."""
_NOT_A_WORD = re.compile(r"[^a-z0-9]")


class Served(NamedTuple):
    """The model of a request, its provider (None: not named), and the router's policy."""

    model_id: str
    provider: str | None
    policy: str | None


class Names:
    """Maps names in a log to ids, looking each up once."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._models: dict[str, str | None] = {}
        self._ids: dict[str, list[str]] | None = None
        self._own: dict[str, set[tuple[str, str]]] | None = None
        self._providers = _provider_words(catalog)

    def served(self, model: str, providers: tuple[str, ...] = (), client: str | None = None) -> Served:
        """Return the model and the provider.

        Args:
            model: As the log names it: `ID`, `ID:provider`, `ID:fastest`, `huggingface/ID`, `huggingface/provider/ID`,
                `provider/ID`, or a provider's own id.
            providers: The provider, from each field that names it.
            client: The client's adapter.

        Raises:
            Unpriced: the names do not mean exactly one model and at most one provider.
        """
        name, pinned, policy = self._split(model)
        named = [self.provider_id(word) for word in providers]
        stated = list(dict.fromkeys(provider_id for provider_id in (pinned, *named) if provider_id is not None))
        if len(stated) > 1:
            raise Unpriced(f"it names two providers: {' and '.join(stated)}")
        provider = stated[0] if stated else self._of_client(client)
        model_id = self.model_id(name)
        if model_id is not None:
            return Served(model_id, provider, policy)
        return self._by_own_id(name, provider, policy)

    def provider_id(self, word: str) -> str | None:
        """Return the provider that a log names by id or display name, ignoring case; None for the router.

        Raises:
            NoSuchProvider: there is none with this name.
        """
        key = _NOT_A_WORD.sub("", word.lower())
        if key in ROUTER_WORDS or word.lower() in POLICIES:
            return None
        key = CLIENT_PROVIDERS.get(word.lower()) or key
        provider = self._providers.get(key) or self._providers.get(key.removesuffix("ai"))  # "Together AI"
        if provider is None:
            raise NoSuchProvider(f"no provider is called {word[:60]}")
        return provider

    def _of_client(self, client: str | None) -> str | None:
        if client is None or CLIENT_PROVIDERS.get(client.lower()) == "":
            return None
        key = CLIENT_PROVIDERS.get(client.lower(), client.lower())
        return self._providers.get(_NOT_A_WORD.sub("", key))

    def _split(self, model: str) -> tuple[str, str | None, str | None]:
        """Return a model's name, the provider that it is pinned to, and the router's policy."""
        read = pasted.read(model)
        if read.foreign:
            raise Unpriced(f"{model[:100]} is not the address of a model on the Hub")
        named = (pasted.without_prefix(read.text) or self._routed(read.text)) if not self.model_id(read.text) else None
        name, provider = (named.text, named.provider) if named else (read.text, read.provider)
        pinned = self.provider_id(provider) if provider else None
        if read.suffix is None:
            return name, pinned, None
        if read.suffix in POLICIES:
            return name, pinned, read.suffix
        if pinned is None:
            return name, self.provider_id(read.suffix), None
        return f"{name}:{read.suffix}", pinned, None

    def _routed(self, text: str) -> pasted.Pasted | None:
        """Return the names in `PROVIDER/ID`, as LiteLLM logs its `huggingface/PROVIDER/ID`; None for another form."""
        provider, _, model_id = text.partition("/")
        if model_id.count("/") != 1 or self._providers.get(_NOT_A_WORD.sub("", provider.lower())) is None:
            return None
        known = self.model_id(model_id) is not None and text not in self._own_ids()
        return pasted.Pasted(model_id, provider=provider) if known else None

    def model_id(self, name: str) -> str | None:
        """Return the id of the model with this id or exact name; None if there is none, or more than one.

        Ignores case. Includes models that are known only from history.
        """
        if name not in self._models:
            if len(self._models) >= NAMES_KEPT:
                self._models.clear()
            self._models[name] = self._find(name)
        return self._models[name]

    def _find(self, name: str) -> str | None:
        if self._catalog.model(name) is not None:
            return name
        if self._ids is None:
            self._ids = _ids_by_name(self._catalog)
        for spelling in (aliases.renamed(name), name, aliases.NAMES.get(name.lower())):
            ids = self._ids.get(spelling.lower(), []) if spelling else []
            if ids:
                return ids[0] if len(ids) == 1 else name if name in ids else None
        return None

    def _own_ids(self) -> dict[str, set[tuple[str, str]]]:
        """Return the models and providers of providers' own ids."""
        if self._own is None:
            self._own = {}
            for own, *offer in self._catalog.query("SELECT provider_model_id, model_id, provider FROM offers"):
                self._own.setdefault(own, set()).add((offer[0], offer[1]))
        return self._own

    def _by_own_id(self, name: str, provider: str | None, policy: str | None) -> Served:
        offers = {one for one in self._own_ids().get(name, ()) if provider in (None, one[1])}
        if offers and provider is None and may_be_an_id(self._catalog, name):
            raise Unpriced(f"{name[:100]} may be another model's id: name the provider whose own id it is")
        if len(offers) == 1:
            model_id, owner = offers.pop()
            return Served(model_id, owner, policy)
        if offers:
            models = sorted({model_id for model_id, _ in offers})
            raise Unpriced(f"{name[:100]} is a provider's own id of {len(models)} models: {', '.join(models)[:200]}")
        raise Unpriced(f"no model has the id or the exact name {name[:100]}")


def _ids_by_name(catalog: Catalog) -> dict[str, list[str]]:
    """Return the ids that an id or a bare name, in lower case, stands for."""
    by_name: dict[str, list[str]] = {}
    ids = catalog.query(
        "SELECT model_id FROM models UNION SELECT model_id FROM price_history UNION SELECT model_id FROM status_history"
    )
    for (model_id,) in ids:
        by_name.setdefault(model_id.lower(), []).append(model_id)
    for (model_id,) in ids:
        bare = model_id.rpartition("/")[2].lower()
        if bare != model_id.lower():
            by_name.setdefault(bare, []).append(model_id)
    return by_name


def _provider_words(catalog: Catalog) -> dict[str, str]:
    """Return providers by their ids and display names as words are compared; "fireworks" is "fireworks-ai", too."""
    rows = [(row["provider"], row["name"]) for row in catalog.providers()]
    known = {provider for provider, _ in rows}
    served = catalog.query("SELECT provider FROM offers UNION SELECT provider FROM price_history")
    rows += [(one, None) for (one,) in served if one not in known]
    providers: dict[str, str] = {}
    for shorten in (True, False):  # an id or a name wins over a shortened one
        for provider, name in rows:
            for word in (name or provider, provider):
                text = word.lower()
                if shorten:
                    text = text.removesuffix("-ai").removesuffix(" ai")
                providers[_NOT_A_WORD.sub("", text)] = provider
    return providers
