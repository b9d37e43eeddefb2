"""What customers will be worth, who is slipping away, and what to do about it.

Each question takes the models that customer_models.learn gave (`models`), and learns them itself where they are not
given: that takes seconds, so the application has them ready.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from analytics.answer import Answer, Options
from analytics.calendar import TimeRange, day_label
from analytics.engines.base import Engine
from analytics.errors import NotEnoughData
from analytics.language import N_, english
from analytics.methods.customers.clv import MeanSpend, PurchaseModel, customer_values, summary
from analytics.methods.customers.rfm import NOT_LATE, ON_TIME
from analytics.methods.customers.season import SeasonClock
from analytics.methods.customers.season_fit import FEWEST_MONTHS
from analytics.profile import Profile
from analytics.questions.customers.buyers import with_names
from analytics.questions.customers.models import CustomerModels, learn, models_of, purchases_of
from analytics.questions.customers.segments import ACTIONS, POLICIES, newly_lapsing, scored
from analytics.runtime.lru import LastOf
from analytics.schema import MONTHS
from analytics.selection import Clause, Resolved

WEEKS = 52  # horizon of customer value
DISCOUNT = 10.0  # yearly discount in %
SOON = 13  # weeks within which somebody is "likely to buy"
LEAST_LOSS = 0.01  # of the value on schedule: what less silence has cost says nothing about the customer
NO_LOSS = N_("Hardly any revenue is at stake: in these data, customers come back after any silence.")
_OF_PEOPLE = [
    "customer",
    "rfm_segment",
    "recency",
    "frequency",
    "monetary",
    "expected_purchases",
    "value",
    "likely_to_buy",
    "churn_risk",
    "on_schedule",
    "at_stake",
    "to_win",
]

_remembered: LastOf[tuple[pd.DataFrame, CustomerModels]] = LastOf(POLICIES)


def prospects(engine: Engine, selection: Resolved, models: Answer | None = None) -> tuple[pd.DataFrame, CustomerModels]:
    """Per customer who ever bought (index: code): expected_purchases and value over the next year; likely_to_buy,
    churn_risk (%) over the next 13 weeks, unless a rehearsal failed; late, whether they have waited for longer than
    usual; on_schedule, the value of the next year had they not. And the models.

    The last asked for are remembered, as the charts of a page rest on them. Raises NotEnoughData where the history
    cannot carry the models. Methods: clv.py, churn.py.
    """

    def learned() -> tuple[pd.DataFrame, CustomerModels]:
        fitted = models_of(models or learn(engine, selection))
        return _expected(engine, selection, fitted), fitted

    return _remembered.get_or_make(engine, selection.to_date.only().lines_key, learned)


def _expected(engine: Engine, selection: Resolved, models: CustomerModels) -> pd.DataFrame:
    if models.purchases is None or models.spend is None:
        raise NotEnoughData(N_(models.refused), where=N_("Customer value"), hint=N_("A longer history is needed."))
    lines = purchases_of(engine, selection)
    history = summary(*lines, models.season)
    next_year = models.season.weeks_after(lines[3], WEEKS)
    values = customer_values(history, models.purchases, models.spend, next_year, DISCOUNT)
    people = values[["expected_purchases", "value"]].assign(late=_late(history)[0])
    if models.calibration is not None:
        weeks = models.season.weeks_after(lines[3], SOON)
        soon = models.purchases.expected_purchases(history["x"], history["t_x"], history["T"], weeks)
        likely = models.calibration.probability(soon) * 100
        people = people.assign(likely_to_buy=likely, churn_risk=100 - likely)
        people["on_schedule"] = _on_schedule(history, people["value"], models.purchases)
    return people


def _on_schedule(history: pd.DataFrame, value: pd.Series, model: PurchaseModel) -> pd.Series:
    """The value of customers had they been silent for one and a half of their own mean intervals at most.

    Silence enters BG/NBD's expectation only through the probability to be alive, so that the value grows as it does.
    """
    x, t_x, T = (history[name].to_numpy(float) for name in ("x", "t_x", "T"))
    late, usual = _late(history)
    last = np.where(late, T - usual, t_x)
    grown = model.alive(x, last, T) / model.alive(x, t_x, T)
    return value * np.where(late, np.maximum(grown, 1.0), 1.0)


def _late(history: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Whether customers have been silent for more than one and a half of their own mean intervals, and how many weeks
    these are.

    A customer with x = 4 repeats over t_x = 40 weeks may be silent for 15 weeks; one who bought once, for ever. Weeks
    are those of the season's clock, where there is one.
    """
    x, t_x, T = (history[name].to_numpy(float) for name in ("x", "t_x", "T"))
    usual = np.where(x > 0, ON_TIME * t_x / np.maximum(x, 1.0), np.inf)
    return T - t_x > usual, usual


def people_ahead(
    engine: Engine, selection: Resolved, models: Answer | None = None, *, named: bool = False
) -> tuple[pd.DataFrame, CustomerModels]:
    """Who is within the filters, and what is to be expected of them? One row per customer (index: code): the columns of
    `segments.scored` and of `prospects`, at_stake, and the models behind the latter.

    at_stake: what of the next year's value longer silence than usual has cost; 0 for customers who are not lapsed, as
    they are not late, or among the two fifths of all customers who bought last (a recency score of 4 or 5: three in
    five have been silent for longer), or came once and have no usual wait; and where it is less than a hundredth, as
    silence tells nothing where customers seldom quit. Nobody gives an empty frame. Raises NotEnoughData as `prospects`.
    """
    people = scored(engine, selection, named=named)
    if people.empty:
        return people, CustomerModels()
    expected, fitted = prospects(engine, selection, models)
    return _with_stake(people.join(expected, how="inner")), fitted


def _with_stake(people: pd.DataFrame) -> pd.DataFrame:
    if "on_schedule" not in people:
        return people
    loss = (people["on_schedule"] - people["value"]).where(people["r"] < NOT_LATE, 0.0)
    loss = loss.where(loss > LEAST_LOSS * people["on_schedule"], 0.0)
    return people.assign(on_schedule=people["value"] + loss, at_stake=loss)


def clv_by_segment(engine: Engine, selection: Resolved, options: Options, models: Answer | None = None) -> Answer:
    """What will each segment of customers be worth over the next 52 weeks? Grain: one row per segment (option `by`:
    rfm_segment, value_tier, segment, or channel of the first order), most first.

    Columns: the dimension, customers, expected_purchases (mean per customer), value_per_customer and value (money,
    discounted at 10 % a year), share (% of the value). Raises NotEnoughData where the models cannot be fitted. Method:
    clv.py.
    """
    by = options.get("by") or "rfm_segment"
    people, fitted = people_ahead(engine, selection, models, named=by != "rfm_segment")
    if people.empty:
        return Answer(pd.DataFrame({by: [], "customers": [], "value": []}))
    if by != "rfm_segment":
        people = people.assign(**{by: people["customer"].map(_first_of(engine, selection, by)).fillna("")})
    frame = people.groupby(by, as_index=False, observed=True).agg(
        customers=("value", "size"),
        expected_purchases=("expected_purchases", "mean"),
        value_per_customer=("value", "mean"),
        value=("value", "sum"),
    )
    frame = frame.sort_values(["value", by], ascending=[False, True], ignore_index=True)
    frame["share"] = frame["value"] / frame["value"].sum() * 100 if frame["value"].sum() else np.nan
    return Answer(frame, _notes(fitted, engine.profile, selection, soon=False))


def _first_of(engine: Engine, selection: Resolved, by: str) -> pd.Series:
    """The value of a dimension at each customer's first order (for customer-level fields simply theirs)."""
    whole = selection.to_date.only()
    if by == "channel":
        whole = whole.only(Clause("new_or_returning", ("New",)))
    frame = engine.aggregate(["customer", by], ["orders"], whole)
    return frame.drop_duplicates("customer").set_index("customer")[by]


def churn_risk(engine: Engine, selection: Resolved, options: Options, models: Answer | None = None) -> Answer:
    """Who is slipping away, and what is at stake? Grain: one row per lapsed customer within the filters, most money to
    win back first: silent for more than one and a half of their own mean intervals between orders, and for longer than
    the two fifths of all customers who bought last. Option `who`: "new" lists instead those who came into a segment of
    LAPSING since the start of the range, as the insight of that name counts them; nobody where that is all there is.
    Where silence has cost nothing, as nobody is late or customers come back after any silence, it lists them too, and
    says which of the two it is: they are who is at risk.

    Columns: customer, customer_name (where given), rfm_segment, recency (days since the last order), frequency
    (orders), monetary (money so far), expected_purchases and value (next 52 weeks), likely_to_buy and churn_risk (%,
    next 13 weeks), on_schedule (what value would be had they waited no longer than that), at_stake (on_schedule −
    value) and to_win (at_stake × likely_to_buy: what is at stake and not yet lost). Who came once has no interval, and
    is not listed. The probability is the conditional expectation calibrated on the last 13 weeks, not P(alive), which
    calls every one-time buyer alive. A rank, not a verdict: it says who is likelier than whom. Raises NotEnoughData
    where the models cannot be fitted or the rehearsal of the last 13 weeks failed. Methods: clv.py, churn.py.
    """
    people, fitted = people_ahead(engine, selection, models, named=True)
    if people.empty:
        return Answer(pd.DataFrame({"customer": [], "at_stake": []}))
    if fitted.calibration is None:
        raise NotEnoughData(
            N_(fitted.uncalibrated), where=N_("Customers at risk"), hint=N_("A longer history is needed.")
        )
    people["to_win"] = people["at_stake"] * people["likely_to_buy"] / 100
    lost = people[people["at_stake"] > 0]
    only_new = options.get("who") == "new"
    new = only_new or lost.empty
    shown = _came_to_lapse(engine, selection, people) if new else lost
    by = ["to_win", "at_stake", "monetary", "customer"]
    shown = shown.sort_values(by, ascending=[False, False, False, True], ignore_index=True)
    frame = with_names(engine, selection.to_date, shown[_OF_PEOPLE])
    told = _newly(selection, people, len(frame)) if only_new else _lapsed(selection, people, len(frame))
    if frame.empty:
        return Answer(frame, why=told[-1])
    return Answer(frame, (*told, *_notes(fitted, engine.profile, selection)))


def _newly(selection: Resolved, people: pd.DataFrame, listed: int) -> tuple[str, ...]:
    """How many good customers have come to lapse within the range, and whether that may cost anything; or why nobody is
    listed."""
    day = day_label(selection.span.start)
    if listed:
        counted = N_("{late:good customer has|good customers have} begun to lapse since {day}.", late=listed, day=day)
        return (counted,) if people["at_stake"].any() else (counted, NO_LOSS)
    if selection.span.start <= selection.bounds.start:
        return (N_("The range begins with the data: who was lapsing before is not known."),)
    return (N_("No good customer has begun to lapse since {day}.", day=day),)


def _lapsed(selection: Resolved, people: pd.DataFrame, listed: int) -> tuple[str, ...]:
    """How many of the people have lapsed; where that costs hardly anything, whom the list shows instead."""
    costs = people["at_stake"] > 0
    late = listed if costs.any() else int((people["late"] & (people["r"] < NOT_LATE)).sum())
    if not late:
        counted = N_("No customer has lapsed: silent for unusually long, and not among the two fifths who bought last.")
    else:
        counted = N_(
            "{late} of {customers:customer|customers} {late:?has|have} lapsed: silent for unusually long, and not "
            "among the two fifths who bought last.",
            late=late,
            customers=len(people),
        )
    if costs.any():
        return (counted,)
    told = (counted, NO_LOSS) if late else (counted,)
    if not listed:
        return told
    instead = N_(
        "Listed instead {late:?is|are} {late:good customer who has|good customers who have} begun to lapse since "
        "{day}.",
        late=listed,
        day=day_label(selection.span.start),
    )
    return (*told, instead)


def _came_to_lapse(engine: Engine, selection: Resolved, people: pd.DataFrame) -> pd.DataFrame:
    """Those of the people who were not lapsing at the start of the range."""
    start = selection.bounds.start
    if selection.span.start <= start:
        return people.iloc[:0]
    before = scored(engine, selection.at(TimeRange(start, selection.span.start)))
    return people.loc[newly_lapsing(before, people)]


def action_plan(engine: Engine, selection: Resolved, options: Options, models: Answer | None = None) -> Answer:
    """What should be done for each segment, for how many, and what is it worth? Grain: one row per segment, best first.

    Columns: rfm_segment, action, customers, revenue (within the filters), value (expected over 52 weeks), at_stake
    (what longer silence than usual has cost, as in churn_risk), likely_to_buy (mean %, 13 weeks). Where the models
    cannot be fitted the expectation is left out and the note says why. Methods: rfm.py, clv.py, churn.py.
    """
    people = scored(engine, selection)
    if people.empty:
        return Answer(pd.DataFrame({"rfm_segment": [], "action": [], "customers": []}))
    try:
        expected, fitted = prospects(engine, selection, models)
        people = _with_stake(people.join(expected, how="inner"))
        notes = _notes(fitted, engine.profile, selection)
    except NotEnoughData as error:
        notes = (N_("No expected values: {why}", why=error.text),)
    wanted = {
        "customers": ("revenue", "size"),
        "revenue": ("revenue", "sum"),
        "value": ("value", "sum"),
        "at_stake": ("at_stake", "sum"),
        "likely_to_buy": ("likely_to_buy", "mean"),
    }
    sums = {name: how for name, how in wanted.items() if how[0] in people}
    frame = people.groupby("rfm_segment", as_index=False).agg(**sums)
    frame = frame.iloc[np.argsort([list(ACTIONS).index(s) for s in frame["rfm_segment"]])].reset_index(drop=True)
    frame.insert(1, "action", [english(ACTIONS[s]) for s in frame["rfm_segment"]])
    return Answer(frame, notes)


def _notes(models: CustomerModels, profile: Profile, selection: Resolved, *, soon: bool = True) -> tuple[str, ...]:
    """Horizon and rate, and which models were replaced or left out. `soon`: also who buys in the next weeks."""
    horizon = N_(
        "Values cover the next {weeks:week|weeks}, discounted at {rate}% a year.", weeks=WEEKS, rate=round(DISCOUNT)
    )
    notes: list[str] = [horizon, _season_note(models.season, selection)]
    if soon and models.calibration is None:
        notes.append(N_("No likelihood of buying soon: {why}", why=models.uncalibrated))
    elif soon:
        notes.append(N_("Likely to buy: within {weeks:week|weeks}, learned from the last {weeks}.", weeks=SOON))
    if isinstance(models.spend, MeanSpend):
        mean = profile.amount(models.spend.mean)
        notes.append(N_("Every purchase is valued at {mean}, the average repeat purchase.", mean=mean))
    notes += rehearsal(models)
    return tuple(notes)


def _season_note(clock: SeasonClock, selection: Resolved) -> str:
    """What the models know of the season."""
    known = selection.to_date.span.days
    if clock.even and known < FEWEST_MONTHS * 365.25 / 12:
        return N_(
            "With less than {months:month|months} of history the season is unknown: estimates run high after busy "
            "months and low after quiet ones.",
            months=FEWEST_MONTHS,
        )
    if clock.even:
        return N_("The history shows no yearly season.")
    months = clock.factors
    most = int(months.argmax())
    least = int(months.argmin())
    return N_(
        "Customers buy {high}× as often as on average in {best}, {low}× in {worst}: values follow this season.",
        high=round(float(months[most]), 1),
        best=MONTHS[most],
        low=round(float(months[least]), 1),
        worst=MONTHS[least],
    )


def rehearsal(models: CustomerModels) -> list[str]:
    """A sentence on how the models did on these customers; empty if they could not be tried."""
    tried = models.calibration
    if tried is None or not tried.foreseen > 0:
        return []
    said = N_(
        "Tested on the last {weeks:week|weeks}: {foreseen:purchase|purchases} predicted, {made} made.",
        weeks=SOON,
        foreseen=round(tried.foreseen),
        made=tried.made,
    )
    return [said]
