"""The sentences of insights in English: by the name of a kind and what it says; `….do` says what to do, `….but` what
limits it. Another language is another table with the same names.

A place in braces is filled with a value of the evidence, written for people. A place may name the forms of a word that
depends on its number: `{orders:order|orders}` is "1 order" or "3 orders", `{orders:?was|were}` only "was" or "were".
"""

from __future__ import annotations

from collections.abc import Mapping

SENTENCES: Mapping[str, str] = {
    "nothing": "Nothing changed beyond chance.",
    # --- revenue as a whole
    "expected.rose": "Revenue was {revenue}, up {by} on {base_span} ({step}).",
    "expected.fell": "Revenue was {revenue}, down {by} on {base_span} ({step}).",
    "expected.same": "Revenue was {revenue}, as in {base_span}.",
    "expected.more": "That is {gap} more ({gap_share}) than {known} let expect, {expected}.",
    "expected.less": "That is {gap} less ({gap_share}) than {known} let expect, {expected}.",
    "expected.chance": "Days vary enough to make a difference of this size by chance.",
    "expected.chance_apart": "{expected} was to be expected from {known}; what is left may be chance.",
    "expected.miss": "Such expectations were typically {miss} off in {trials:earlier stretch|earlier stretches} of this"
    " length.",
    # --- causes
    "cause.ends_early": "The data end early: nothing after {last}, {days:day|days} without an order, where about {lost}"
    " was to come.",
    "cause.ends_early.do": "Check whether the last import is complete before looking further.",
    "cause.new": "It is new: {orders:order|orders}, none in the period before.",
    "cause.gone": "It is gone: {orders:order|orders} in the period before, none now.",
    "cause.out_of_stock": "It is out of stock; it sold {units} a day.",
    "cause.refunds": "Refunds took {more} more: {rate} of sales, before {before}.",
    "cause.refunds.do": "Find out what comes back, and why.",
    "cause.price_up_more": "Its average price rose by {by} to {price}, and still {units} more units were sold.",
    "cause.price_up_fewer": "Its average price rose by {by} to {price}, and {units} fewer units were sold.",
    "cause.price_down_more": "Its average price fell by {by} to {price}, and {units} more units were sold.",
    "cause.price_down_fewer": "Its average price fell by {by} to {price}, and {units} fewer units were sold.",
    "cause.discounts_up": "Discounts rose to {rate} of list prices from {before} ({given}).",
    "cause.discounts_down": "Discounts fell to {rate} of list prices from {before} ({given}).",
    "cause.one_channel": "{share} of the change is in {name} ({part}), which brought {usual} of revenue before.",
    # --- pairs
    "affinity": "{first} and {second} sell together: in {joint:order|orders}, where baskets of these sizes would hold "
    "both in {expected} by chance ({times} times as often).",
    "affinity.do": "Offer {second} with {first}: {share} of its buyers take it already.",
    "affinity.but": "Bought together, not caused: an offer may change it less.",
    "no_affinity.level": "{first} and {second} meet in {joint:order|orders} only because both sell well: chance alone "
    "gives about {expected}.",
    "no_affinity.avoided": "{first} and {second} seldom sell together: in {joint:order|orders}, where chance alone"
    " gives about {expected}.",
    "no_affinity.do": "Do not build an offer on this pair.",
    # --- concentration
    "dependency": "{name} brings {share} of revenue ({revenue}), {next} {next_revenue}; the first {top} of "
    "{customers:customer|customers} bring {top_share}.",
    "dependency.do": "Look after these {top} by name, and win others: without them {rest} is left.",
    "top_customers": "The best tenth of customers ({top} of {customers}) brings {share} of revenue; 80 % of it takes "
    "{for_80} of them ({for_80_share}).",
    "top_customers.do": "Serve these {top} first: they brought {revenue}.",
    "top_customers.but": "Customers without an id are left out.",
    "product_tail": "{tail} of {products:product|products} bring {share} of revenue together ({revenue}), least "
    "{examples}; {best} bring {best_share}.",
    "product_tail.do": "See which of these {tail} bring buyers of other products; consider dropping the others.",
    "product_tail.but": "By revenue alone: cost, and what else its buyers take, are not in it.",
    # --- attribution
    "attribution": "Credit for sales depends on the model: by {model} {one} earns more than {two} ({one_model} against "
    "{two_model}), by {rival} fewer ({one_rival} against {two_rival}).",
    "attribution.moved": "{moved} of the credit moves between the two models.",
    "attribution.worth": "{moved} of the credit, {money}, moves between the two models.",
    "attribution.do": "Before shifting a budget between the two, leave {one} out for some customers and compare.",
    "attribution.but": "Whole journeys, whatever the dates and filters; neither model says what a channel caused.",
    # --- differences
    "order_value.largest": "{name} has the largest orders of the {what}: {aov} on average, {apart} against the others"
    " ({rest}).",
    "order_value.smallest": "{name} has the smallest orders of the {what}: {aov} on average, {apart} against the others"
    " ({rest}).",
    "order_value.smallest.do": "Offer bundles there: at the value of the others its {orders:order|orders} would bring "
    "{gap} more.",
    "conversion.more": "{name} turns {rate} of {sessions:visit|visits} into orders, the other channels {rest}.",
    "conversion.fewer": "{name} turns only {rate} of {sessions:visit|visits} into orders, the other channels {rest}.",
    "conversion.more.do": "Bring more visits this way: at the rate of the others they would have brought {gap} less.",
    "conversion.fewer.do": "Look at its landing pages: at the rate of the others they would bring {gap} more.",
    "conversion.but": "Last channel before the order; what brought the visitor there earlier is not in it.",
    # --- hours
    "busy_hours.one": "Most orders come at {hour}: {orders} of them, {share}; fewest at {quiet} ({quiet_orders}).",
    "busy_hours.several": "Most orders come at {hours}, which chance does not tell apart: {orders:order|orders} at "
    "{hour}, {share}; fewest at {quiet} ({quiet_orders}).",
    "busy_hours.do": "Send campaigns in the hour before {hour}, and do maintenance around {quiet}.",
    "busy_hours.but": "In the time zone of the data, which need not be the buyers'.",
    "part_of_day.one": "{part} ({hours}) is the busiest part of the day: {orders:order|orders}, {share}; {next} follows"
    " with {next_orders}.",
    "part_of_day.several": "{level} are the busiest parts of the day: {level_orders}, {share} of orders; chance can "
    "make the difference between them. {next} follows with {next_orders}.",
    "part_of_day.do": "Staff support and delivery for {level}.",
    # --- what comes, and rules
    "forecast.refused": "No forecast of revenue is given. {why}",
    "forecast.refused.do": "Plan with the range of the last periods rather than with one number.",
    "forecast.alone": "Revenue until {until} is expected to average {mean} a {grain}, four of five {grains} between "
    "about {low} and {high}.",
    "forecast.recent": "Revenue until {until} is expected to average {mean} a {grain}, four of five {grains} between "
    "about {low} and {high}; the last {steps} {grains} averaged {recent} ({change}).",
    "forecast.do": "Plan stock and staff for {low} to {high} a {grain}.",
    "forecast.but": "It knows no promotion and no news.",
    "forecast.aside": "{aside}",
    "forecast.tried": "Over {origins:past forecast|past forecasts} it missed by {mase} (MASE), repeating the last"
    " season by {rival}.",
    "alert.level.day": "The rule “{rule}” fired on {period}: {metric} {value} where about {base} was usual ({change}).",
    "alert.level.week": "The rule “{rule}” fired in the week of {period}: {metric} {value} where about {base} was usual"
    " ({change}).",
    "alert.level": "The rule “{rule}” fired in {period}: {metric} {value} where about {base} was usual ({change}).",
    "alert.change.day": "The rule “{rule}” fired on {period}: {metric} {value} against {base} before ({change}).",
    "alert.change.week": "The rule “{rule}” fired in the week of {period}: {metric} {value} against {base} before "
    "({change}).",
    "alert.change": "The rule “{rule}” fired in {period}: {metric} {value} against {base} before ({change}).",
    "alert.plain.day": "The rule “{rule}” fired on {period}: {metric}: {why}",
    "alert.plain.week": "The rule “{rule}” fired in the week of {period}: {metric}: {why}",
    "alert.plain": "The rule “{rule}” fired in {period}: {metric}: {why}",
    "alert.often": "It fired {fired:time|times} in {months:month|months}.",
    "alert.now.do": "It is still firing: act on it now, or change the rule.",
    "alert.past.do": "Note what was done then.",
}
