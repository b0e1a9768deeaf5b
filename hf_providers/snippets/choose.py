"""Code that calls a model: which of its offers, why that one, and what it costs, said on top. Offline."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from hf_providers.errors import NoSnippet, NotServed
from hf_providers.rules import money, ranking
from hf_providers.rules.recency import is_recent
from hf_providers.rules.tasks import CHAT_TASK, tasks_of
from hf_providers.snippets import POLICIES, Snippet, clients, snippet

if TYPE_CHECKING:
    from typing import Literal

    from hf_providers.catalog.row_types import ModelRow, OfferRow

    Capability = Literal["supports_tools", "supports_structured_output"]

RULES = ("cheapest", "fastest")
"""What an offer can be chosen by on the snapshot's numbers."""

_ROUTER_RULES = {
    "cheapest": "the lowest output price",
    "fastest": "the highest throughput",
    "preferred": "your own order of providers in the settings on the Hub",
}


class Wanted(NamedTuple):
    """What the code shall be, and which offer it shall call.

    Attributes:
        provider: A provider's id; None lets the rule choose.
        rule: cheapest or fastest, on the snapshot's numbers; None takes the readiest.
        policy: One of the router's policies: it chooses when the code runs.
        task: One of the Hub's tasks or groups; None takes the model's main one.
        lang: The language, one of `snippets.LANGS`.
        client: The client; None takes the best.
        stream: Chat: print the answer while it comes.
        bill_to: The organisation that pays.
        tools: Chat: offer the model a tool.
        json_schema: Chat: ask for an answer in the form of a JSON schema.
    """

    provider: str | None = None
    rule: str | None = None
    policy: str | None = None
    task: str | None = None
    lang: str = "python"
    client: str | None = None
    stream: bool = False
    bill_to: str | None = None
    tools: bool = False
    json_schema: bool = False


class Written(NamedTuple):
    """Code, the offer that it calls (with a policy: that the policy would pick on the snapshot's numbers), and why."""

    snippet: Snippet
    offer: OfferRow
    why: list[str]


def write(model: ModelRow, offers: list[OfferRow], wanted: Wanted, observed_at: str, since: str | None) -> Written:
    """Return code that calls a model as wanted, with the choice and its price on top as a comment.

    Args:
        model: The model's row.
        offers: Its offers' rows.
        wanted: What is wanted.
        observed_at: When the offers were observed, ISO text in UTC.
        since: From when on an observation is recent; None takes old offers too.

    Raises:
        NotServed: no offer is of the kind.
        NoSnippet: there is no such code for the offer, or no such rule; the message says what there is.
    """
    _check(wanted)
    if not offers and model["last_seen_at"]:
        said = f"{model['model_id']} was served on {model['last_seen_at'][:10]}, by whom is not recorded"
        raise NotServed(said, f"ask the Hub: hfp status {model['model_id']}")
    offer, chosen = _chosen(model["model_id"], offers, wanted, since)
    price = f"{model['model_id']} on {offer['provider']}: {_price(offer, observed_at)}"
    why = [*chosen, price, *_dated(offer, model, since), *_warnings(offer, wanted)]
    made = snippet(
        model["model_id"],
        offer["task"],
        offer["provider"],
        offer["provider_model_id"],
        lang=wanted.lang,
        client=wanted.client,
        stream=wanted.stream,
        bill_to=wanted.bill_to,
        tools=wanted.tools,
        json_schema=wanted.json_schema,
        policy=wanted.policy,
        comment="\n".join(why),
        pipeline_tag=model["pipeline_tag"],
        adapter=offer["adapter"],
    )
    return Written(made, offer, why)


def _check(wanted: Wanted) -> None:
    """Refuse what names no offer, or names one in two ways."""
    ways = {"provider": wanted.provider, "rule": wanted.rule, "policy": wanted.policy}
    given = [name for name, value in ways.items() if value is not None]
    if len(given) > 1:
        raise NoSnippet(f"{' and '.join(given)} each say which offer to call: give one of them")
    if wanted.rule is not None and wanted.rule not in RULES:
        raise NoSnippet(f"no rule {wanted.rule!r:.60}: choose {' or '.join(RULES)}")


def _chosen(model_id: str, offers: list[OfferRow], wanted: Wanted, since: str | None) -> tuple[OfferRow, list[str]]:
    """Return the offer to call, and the lines that say why it is this one."""
    fitting = _of_task(model_id, offers, wanted.task, since)
    if wanted.provider:
        return _of_provider(model_id, fitting, wanted.provider), ["provider as asked"]
    live = [offer for offer in fitting if ranking.is_live(offer, since)]
    newest = ranking.last_seen(fitting)
    if not live and newest is not None:
        unknown = f", so none is known to be the {wanted.rule}" if wanted.rule else ""
        return newest, [f"no offer of it was seen lately{unknown}: this is the last one"]
    if not live:
        states = ", ".join(f"{offer['provider']} ({offer['status']})" for offer in fitting)
        raise NotServed(f"no provider serves {model_id} at present: {states}", f"ask again: hfp status {model_id}")
    if wanted.policy:
        return _of_policy(live, wanted.policy, since)
    able = _able([offer for offer in live if _has_code(offer, wanted)] or live, wanted)
    return _of_rule(model_id, able, wanted.rule, since)


def _of_task(model_id: str, offers: list[OfferRow], task: str | None, since: str | None) -> list[OfferRow]:
    if not offers:
        raise NotServed(f"no provider serves {model_id}", "look for a variant that is served: hfp models")
    main = ranking.main_task(offers)
    meant = tasks_of(task) if task else (main,)
    fitting = [offer for offer in ranking.ordered(offers, since) if offer["task"] in meant]
    if not fitting:
        tasks = ", ".join(sorted({offer["task"] for offer in offers}))
        raise NotServed(f"no provider serves {model_id} for {task}", f"it is served for {tasks}")
    return fitting


def _of_provider(model_id: str, offers: list[OfferRow], provider: str) -> OfferRow:
    own = [offer for offer in offers if offer["provider"] == provider.lower()]
    if not own:
        others = ", ".join(dict.fromkeys(offer["provider"] for offer in offers))
        raise NotServed(f"{provider} does not serve {model_id} for {offers[0]['task']}", f"these do: {others}")
    return min(own, key=lambda offer: (offer["status"] != "live", offer["type"] == "tag-filter"))


def _of_policy(live: list[OfferRow], policy: str, since: str | None) -> tuple[OfferRow, list[str]]:
    """Return what the policy picks on these numbers; the router has its own, and chooses when the code runs."""
    rule = _ROUTER_RULES.get(policy, policy)
    choice = ranking.router_choice(live, since)
    picked = None
    if choice is not None and policy in ("cheapest", "fastest"):
        picked = choice["cheapest" if policy == "cheapest" else "fastest"]
    said = "not known here" if picked is None else f"{picked['provider']} on the snapshot's numbers"
    return picked or live[0], [f"the router chooses when this runs, by {rule}: {said}"]


def _has_code(offer: OfferRow, wanted: Wanted) -> bool:
    offered = clients(offer["task"], offer["provider"], wanted.lang, stream=wanted.stream, adapter=offer["adapter"])
    return bool(offered) if wanted.client is None else wanted.client in offered


def _able(offers: list[OfferRow], wanted: Wanted) -> list[OfferRow]:
    """Return the offers that are known to do what is wanted; all of them where none is."""
    ways: tuple[tuple[bool, Capability], ...]
    ways = ((wanted.tools, "supports_tools"), (wanted.json_schema, "supports_structured_output"))
    for asked, name in ways:
        if asked:
            offers = [offer for offer in offers if offer[name]] or offers
    return offers


def _of_rule(model_id: str, offers: list[OfferRow], rule: str | None, since: str | None) -> tuple[OfferRow, list[str]]:
    if rule is None:
        return offers[0], [f"the first of {_counted(offers)}, by what was seen lately: {_first_by(offers[0], since)}"]
    picked = ranking.cheapest(offers, since) if rule == "cheapest" else ranking.fastest(offers, since)
    if picked is None:
        what = "price" if rule == "cheapest" else "speed"
        known = any(offer["output_usd_per_mtok" if rule == "cheapest" else "throughput_tps"] for offer in offers)
        lately = f"a {what} that was seen lately" if known else f"a known {what}"
        raise NotServed(f"no live offer of {model_id} has {lately}", f"leave {rule} out, or name a provider")
    mix = ":".join(map(str, ranking.DEFAULT_MIX))
    measure = f"price at {mix} input to output" if rule == "cheapest" else "speed"
    return picked, [f"the {rule} of {_counted(offers)}, by {measure}; those without one can't win"]


def _first_by(offer: OfferRow, since: str | None) -> str:
    if ranking.is_measured(offer, since):
        return "the readiest, the faster first"
    return "the cheapest, for none was measured" if ranking.is_priced(offer, since) else "no price and no speed"


def _dated(offer: OfferRow, model: ModelRow, since: str | None) -> list[str]:
    """Return when an offer was seen that was not seen lately, and when somebody served the model since."""
    if is_recent(offer["observed_at"], since) or since is None:
        return []
    seen = (offer["observed_at"] or "")[:10]
    said = [f"it was last seen on {seen or 'an unknown day'}: ask whether it is there with hfp status"]
    served = model["last_seen_at"]
    if served and served[:10] > seen:
        said.append(f"somebody served the model on {served[:10]}, by whom is not recorded")
    return said


def _counted(offers: list[OfferRow]) -> str:
    return f"{len(offers)} live offer{'s' if len(offers) != 1 else ''}"


def _price(offer: OfferRow, observed_at: str) -> str:
    given, taken = offer["input_usd_per_mtok"], offer["output_usd_per_mtok"]
    if given is None or taken is None:
        return "price unknown"
    free = " (free)" if offer["is_free"] else ""
    seen = (offer["price_observed_at"] or observed_at)[:10]
    return f"{money.display(given)} in / {money.display(taken)} out per 1M tokens{free}, price seen {seen}"


def _warnings(offer: OfferRow, wanted: Wanted) -> list[str]:
    """Return what may keep the code from working, a line each."""
    said = []
    if offer["status"] != "live":
        said.append(f"its status was {offer['status']}: this may fail")
    asked: tuple[tuple[bool, Capability, str], ...]
    asked = ((wanted.tools, "supports_tools", "tools"), (wanted.json_schema, "supports_structured_output", "schemas"))
    for wants, name, what in asked:
        if wants and not offer[name]:
            known = "has not passed" if offer[name] is False else "is not known to have passed"
            said.append(f"it {known} Hugging Face's test of {what}")
    return said if offer["task"] == CHAT_TASK or offer["status"] != "live" else []


def policy_of(suffix: str | None) -> str | None:
    """Return the router's policy that the part of MODEL:… behind the colon names, or None."""
    return suffix if suffix in POLICIES else None
