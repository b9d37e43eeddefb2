"""The sentences of insights in English: by the name of a kind and what it says; `….do` says what to do, `….but` what
limits it, `….why` the same where it explains another claim. Another language is another table with the same names.

A place in braces is filled with a value of the evidence, written for people. A place may name the forms of a word that
depends on its number: `{orders:order|orders}` is "1 order" or "3 orders", `{orders:?was|were}` only "was" or "were".
"""

from __future__ import annotations

from collections.abc import Mapping

SENTENCES: Mapping[str, str] = {
    "nothing": "Nothing stands out here.",
    "nothing.alone": "No earlier period has enough orders to compare with.",
    # --- what needs somebody, in a line
    "act.nothing": "Nothing needs action.",
    "act.target.missed": "{metric} missed its target by {short}.",
    "act.target.do": "{metric} is behind the target: {needed} needed a day.",
    "act.lost_sales": "{name} was not sold for {days:day|days}: about {lost} lost.",
    "act.lost_sales.out": "{name} was out of stock for {days:day|days}: about {lost} lost.",
    "act.lost_sales.out_now": "{name} is out of stock: about {lost} lost.",
    "act.lost_sales.open": "{name} no longer sells: about {lost} lost.",
    "act.running_out.gone": "{product} is out of stock.",
    "act.running_out.soon": "{product} runs out in {cover:day|days}.",
    "act.margin.fell": "The margin fell to {margin}: {gap} less profit.",
    "act.lapsing": "{customers:good customer is|good customers are} lapsing: they spent {spent} in a year.",
    "lapsing.do": "Write to those who spent most first.",
    "act.low_rating": "{name} is rated {rating}.",
    "act.rising_refunds": "Returns of {name} rose to {rate} of sales: {excess} more than expected.",
    "act.refund_share.most": "{name} comes back more often than the rest: {excess} more refunded.",
    "act.rising_fees": "Selling fees rose to {rate} of revenue: {gap} more.",
    "act.losing_discounts": "Discounts above {depth} lost {loss}.",
    "act.losing_discounts.any": "Discounted sales lost {loss}.",
    "act.loss_makers.one": "{name} lost {own}.",
    "act.loss_makers.several": "{many} of {of} {what} lost {loss}.",
    "act.departing_group": "{name} is losing customers: about {lost} less.",
    "act.worse_repeat": "New customers of {name} seldom come back: about {lost} less.",
    "act.missing_part": "{name} had no orders for {days:day|days}: about {lost} missing.",
    "act.missing_days": "No orders at all for {days:day|days}: about {lost} missing.",
    "act.ends_early": "{day} may be incomplete: about {missing} missing.",
    # --- what was promised
    "target.running": "{metric}: {reached} % of the target of {value} for {span} is reached after {days:day|days}.",
    "target.running.limit": "{metric}: {reached} % of the limit of {value} for {span} is used after {days:day|days}.",
    "target.level": "{metric}: {actual} after {days:day|days} of {span}, where the target is {value}.",
    "target.begins": "{metric}: the target for {span} is {value}.",
    "target.chance": "The chance of meeting it is {chance} %.",
    "target.pace": "The usual course of the period reaches {pace} by now.",
    "target.met": "{metric} came to {actual}: the target of {value} for {span} was met.",
    "target.missed": "{metric} came to {actual}: the target of {value} for {span} was missed.",
    "target.do": "Each of the {left:day|days} left has to bring {needed}; until now a day brought {daily}.",
    # --- revenue as a whole
    "expected.rose": "Revenue was {revenue}, up {by} on {base_span} ({step}).",
    "expected.fell": "Revenue was {revenue}, down {by} on {base_span} ({step}).",
    "expected.same": "Revenue was {revenue}, as in {base_span}.",
    "expected.in.rose": "In {period} revenue was {revenue}, up {by} on {base_span} ({step}).",
    "expected.in.fell": "In {period} revenue was {revenue}, down {by} on {base_span} ({step}).",
    "expected.in.same": "In {period} revenue was {revenue}, as in {base_span}.",
    "expected.more.season": "The season and the weekdays pointed to {expected}; actual revenue was {gap} higher "
    "({gap_share}).",
    "expected.less.season": "The season and the weekdays pointed to {expected}; actual revenue was {gap} lower "
    "({gap_share}).",
    "expected.more.weekdays": "The weekdays pointed to {expected}; actual revenue was {gap} higher ({gap_share}).",
    "expected.less.weekdays": "The weekdays pointed to {expected}; actual revenue was {gap} lower ({gap_share}).",
    "expected.more.trend": "The trend of the preceding weeks pointed to {expected}; actual revenue was {gap} higher "
    "({gap_share}).",
    "expected.less.trend": "The trend of the preceding weeks pointed to {expected}; actual revenue was {gap} lower "
    "({gap_share}).",
    "expected.chance": "There were {orders:order|orders} against {base_orders}; days here vary and drift so much by "
    "themselves that this may be chance.",
    "expected.few": "{orders:order|orders} against {base_orders} {orders:?is|are} too few to tell a change from "
    "chance.",
    "expected.chance.season": "The season and the weekdays pointed to {expected}; the rest is no more than usual.",
    "expected.chance.weekdays": "The weekdays alone pointed to {expected}. With so short a history, nobody can tell "
    "whether the rest is the season.",
    "expected.chance.trend": "The trend of the preceding weeks pointed to {expected}; the rest is no more than usual.",
    "expected.miss": "Over {trials:earlier stretch|earlier stretches} of this length, such expectations were "
    "typically off by {miss}.",
    # --- causes
    "cause.new": "It is new: {orders:order|orders}, none in the period before.",
    "cause.gone": "It is gone: {orders:order|orders} in the period before, none now.",
    "cause.out_of_stock": "It is out of stock; it sold {units} a day.",
    "cause.refunds": "Refunds took {more} more: {rate} of sales, up from {before}.",
    "cause.refunds.do": "Find out what is returned, and why.",
    "cause.price_up_more": "Its average price rose by {by} to {price}, and still {units} more units were sold.",
    "cause.price_up_fewer": "Its average price rose by {by} to {price}, and {units} fewer units were sold.",
    "cause.price_down_more": "Its average price fell by {by} to {price}, and {units} more units were sold.",
    "cause.price_down_fewer": "Its average price fell by {by} to {price}, and {units} fewer units were sold.",
    "cause.discounts_up": "Discounts rose to {rate} of list prices from {before} ({given}).",
    "cause.discounts_down": "Discounts fell to {rate} of list prices from {before} ({given}).",
    "cause.one_channel": "{share} of the change is in {name} ({part}), which brought {usual} of revenue before.",
    # --- what changed against the comparison
    "change.rose": "Revenue rose by {by} on {base_span} ({step}): {by_customers} from the number of "
    "customers, {by_frequency} from orders per customer, {by_size} from order value.",
    "change.rose.why": "Of the rise, {by_customers} from the number of customers, {by_frequency} from orders "
    "per customer, {by_size} from order value.",
    "change.rose_guests": "Revenue rose by {by} on {base_span} ({step}): {by_customers} from the number of "
    "customers, {by_frequency} from orders per customer, {by_size} from order value, {by_guests} from orders without a "
    "customer.",
    "change.rose_guests.why": "Of the rise, {by_customers} from the number of customers, {by_frequency} from orders "
    "per customer, {by_size} from order value, {by_guests} from orders without a customer.",
    "change.fell": "Revenue fell by {by} on {base_span} ({step}): {by_customers} from the number of "
    "customers, {by_frequency} from orders per customer, {by_size} from order value.",
    "change.fell.why": "Of the fall, {by_customers} from the number of customers, {by_frequency} from orders "
    "per customer, {by_size} from order value.",
    "change.fell_guests": "Revenue fell by {by} on {base_span} ({step}): {by_customers} from the number of "
    "customers, {by_frequency} from orders per customer, {by_size} from order value, {by_guests} from orders without a "
    "customer.",
    "change.fell_guests.why": "Of the fall, {by_customers} from the number of customers, {by_frequency} from orders "
    "per customer, {by_size} from order value, {by_guests} from orders without a customer.",
    "change.customers.do": "The main factor is the number of customers, {customers} against {base_customers} before: "
    "see which groups and places they come from.",
    "change.frequency.do": "The main factor is orders per customer, {frequency} against {base_frequency} before: see "
    "who orders more or less often.",
    "change.size.do": "The main factor is the value of orders, {aov} each against {base_aov} before: look at prices, "
    "discounts and order sizes.",
    "change.known.but": "The parts add up to the change; they are those of customers with an id.",
    "change.usual.but": "In nineteen cases out of twenty, chance alone moves revenue by no more than {usual} between "
    "two such ranges.",
    "prices.moved": "By product, revenue changed by {step} against {base_span}: {volume} from units sold, {mix} from "
    "product mix, {price} from prices.",
    "prices.moved_level": "By product, revenue changed by {step} against {base_span}: {volume} from units sold and "
    "{mix} from product mix; prices made no difference.",
    "prices.moved_others": "By product, revenue changed by {step} against {base_span}: {volume} from units sold, "
    "{mix} from product mix, {price} from prices, {others} from products that are new or gone.",
    "prices.moved.why": "By product: {volume} from units sold, {mix} from product mix, {price} from prices.",
    "prices.moved_others.why": "By product: {volume} from units sold, {mix} from product mix, {price} from prices, "
    "{others} from products that are new or gone.",
    "prices.moved_others_level": "By product, revenue changed by {step} against {base_span}: {volume} from units sold, "
    "{mix} from product mix, {others} from products that are new or gone; prices made no difference.",
    "prices.moved_level.why": "By product: {volume} from units sold and {mix} from product mix; prices made no "
    "difference.",
    "prices.moved_others_level.why": "By product: {volume} from units sold, {mix} from product mix, {others} from "
    "products that are new or gone; prices made no difference.",
    "prices.volume.do": "The main factor is how much was sold ({volume}): look at orders before prices.",
    "prices.mix.do": "The main factor is which products were bought ({mix}): look at which gained and lost share.",
    "prices.price.do": "The main factor is prices ({price}): see whether units follow in the next weeks.",
    "prices.others.do": "The main factor is the range itself ({others}): look at products that are new or gone.",
    "prices.weights.but": "Weighed by the earlier period; the parts add up to the change.",
    "mix.rose": "Average order value rose from {base} to {now} against {base_span}, although it fell in each of the "
    "{parts} {what}: the mix changed ({mix}), not what an order is worth ({rate}).",
    "mix.fell": "Average order value fell from {base} to {now} against {base_span}, although it rose in each of the "
    "{parts} {what}: the mix changed ({mix}), not what an order is worth ({rate}).",
    "mix.do": "Judge the {what} one by one: their orders moved the other way.",
    "mover.rose": "{name} rose by {by} against {base_span}, from {base} to {revenue}.",
    "mover.rose_only": "{name} rose by only {by} against {base_span}, from {base} to {revenue}.",
    "mover.fell": "{name} fell by {by} against {base_span}, from {base} to {revenue}.",
    "mover.fell_only": "{name} fell by only {by} against {base_span}, from {base} to {revenue}.",
    "mover.level": "{name} stayed level against {base_span}: {base} before, {revenue} now.",
    "mover.gone": "{name} is no longer sold: it brought {base} in {base_span}, in {orders_base:order|orders}.",
    "mover.gone.why": "",
    "mover.whole.gone": "Had it changed as revenue as a whole did ({whole_change}), it would have brought {excess}.",
    "mover.whole_rose.more": "Revenue as a whole rose by {whole}; at that rate, it would have brought {excess} less.",
    "mover.whole_rose.less": "Revenue as a whole rose by {whole}; at that rate, it would have brought {excess} more.",
    "mover.whole_fell.more": "Revenue as a whole fell by {whole}; at that rate, it would have brought {excess} less.",
    "mover.whole_fell.less": "Revenue as a whole fell by {whole}; at that rate, it would have brought {excess} more.",
    "mover.whole_level.more": "Revenue as a whole stayed level; this is {excess} more than its share.",
    "mover.whole_level.less": "Revenue as a whole stayed level; this is {excess} less than its share.",
    "mover.stock.do": "Orders with it went from {orders_base} to {orders}: make sure that stock lasts.",
    "mover.gone.do": "Check that this was intended, and what the buyers of its {orders_base:order|orders} buy instead.",
    "mover.demand.do": "Orders with it went from {orders_base} to {orders}: check its price, stock and demand.",
    "mover.spread.do": "Orders went from {orders_base} to {orders}: see which products were ordered, and whether "
    "other {what} could sell them too.",
    "mover.missing.do": "Orders went from {orders_base} to {orders}: see which products and customers are missing.",
    # --- from one period to the next
    "growth.rose": "Revenue rose by {by} from {before} to {period}: {revenue_before} to {revenue}.",
    "growth.fell": "Revenue fell by {by} from {before} to {period}: {revenue_before} to {revenue}.",
    "growth.more_orders.do": "Mainly more orders: {orders} against {orders_before} before.",
    "growth.fewer_orders.do": "Mainly fewer orders: {orders} against {orders_before} before.",
    "growth.larger_orders.do": "Mainly larger orders: {worth} each against {worth_before} before.",
    "growth.smaller_orders.do": "Mainly smaller orders: {worth} each against {worth_before} before.",
    "growth.last.do": "If it lasts, plan for {orders_a_day:order|orders} a day.",
    "growth.last_week.do": "If it lasts, plan for {orders_a_week:order|orders} a week.",
    "growth.last_money.do": "If it lasts, plan for {revenue_a_day} a day.",
    "growth.missing.do": "{missing:more order|more orders} of that value would have made up for it.",
    "growth.unequal.but": "Per day, that is {a_day}: {period} has {days:day|days}, {before} {days_before}.",
    "growth.chance.but": "Compared per day ({orders:order|orders} after {orders_before}), this may be chance.",
    "growth.typical.month.but": "From one month to the next, revenue here typically moves by {typical}.",
    "growth.typical.quarter.but": "From one quarter to the next, revenue here typically moves by {typical}.",
    "growth.season.month.but": "The year before, revenue moved by {year_before} between the same months: it may be the"
    " season.",
    "growth.season.quarter.but": "The year before, revenue moved by {year_before} between the same quarters: it may be"
    " the season.",
    # --- months and seasons
    "extreme.strongest": "{month} was the strongest month: {revenue}, {share} of {whole} and {apart} against the"
    " average month.",
    "extreme.weakest": "{month} was the weakest month: {revenue}, {share} of {whole} and {apart} against the average"
    " month.",
    "extreme.strongest.do": "Have stock, staff and delivery for {a_day} a day ready before {name} comes round again.",
    "extreme.weakest.do": "Before {name} comes round again, plan for {a_day} a day: fixed costs do not shrink with "
    "revenue.",
    "extreme.strongest.new.do": "Find out what made it strong; if it was the season, the next {name} needs stock and "
    "staff for {a_day} a day.",
    "extreme.weakest.new.do": "Find out what made it weak; if it was the season, plan the next {name} with {a_day} a "
    "day.",
    "extreme.strongest.once.do": "{name} was not strong in every year: find out what made this one bring {a_day} a day "
    "before planning on it.",
    "extreme.weakest.once.do": "{name} was not weak in every year: find out why this one brought only {a_day} a day.",
    "extreme.as_strong.but": "{second} was about as strong: {second_a_day} a day, against {a_day}.",
    "extreme.as_weak.but": "{second} was about as weak: {second_a_day} a day, against {a_day}.",
    "extreme.by_day.but": "Compared per day ({a_day}), as months differ in length.",
    "extreme.few_years.but": "With fewer than two whole years of data, it cannot be told yet whether this returns "
    "every year.",
    "seasonality.one": "{month} was the peak of each of the {years} whole years ({first} in {first_year}, {last} in"
    " {last_year}): {share} of a year on average.",
    "seasonality.several": "{month} were the strongest months of each of the {years} whole years ({first} in"
    " {first_year}, {last} in {last_year}): {share} of a year on average.",
    "seasonality.one.do": "Plan the year around {month}: buy, hire and advertise before it, and judge it against the"
    " same month of the year before.",
    "seasonality.several.do": "Plan the year around {month}: buy, hire and advertise before, and judge them against"
    " the same months of the year before.",
    "seasonality.seen.but": "Seen in {years:year|years}, based on average revenue per day in each month.",
    # --- pairs
    "affinity": "{first} and {second} sell together: in {joint:order|orders}, where baskets of these sizes would hold "
    "both in {expected} by chance ({times} times as often).",
    "affinity.do": "Offer {offer} with {with}: {share} of its buyers already take it.",
    "affinity.but": "Bought together does not mean that one causes the other: an offer may have less effect.",
    "no_affinity.level": "{first} and {second} occur together in {joint:order|orders} because both sell well, not "
    "because they go together: chance alone gives about {expected}.",
    "no_affinity.range": "{first} and {second} occur together in {joint:order|orders} because both sell well, not "
    "because they go together: chance alone gives {least} to {most}.",
    "no_affinity.avoided": "{first} and {second} seldom sell together: in {joint:order|orders}, where chance alone"
    " gives about {expected}.",
    "no_affinity.do": "Do not build an offer on this pair.",
    # --- concentration
    "dependency": "{name} brings {share} of revenue ({revenue}), {next} {next_revenue}; the first {top} of "
    "{customers:customer|customers} bring {top_share}.",
    "dependency.do": "Look after these {top} by name, and win others: without them {rest} remains.",
    "top_customers": "The best tenth of customers ({top} of {customers}) brings {share} of revenue; {for_80:customer "
    "accounts|customers account} for 80 % of revenue ({for_80_share} of all).",
    "top_customers.do": "Serve these {top} first: they brought {revenue}.",
    "top_customers.but": "Customers without an id are left out.",
    "product_tail": "{tail} of {products:product|products} together bring {share} of revenue ({revenue}); the "
    "smallest are {examples}. The first {best} bring {best_share}.",
    "product_tail.do": "See which of these {tail} bring buyers of other products; consider dropping the others.",
    "product_tail.but": "Judged by revenue alone: cost, and what else its buyers buy, are not considered.",
    # --- first and last
    "leading": "Of the {groups} {what}, {name} brings the most revenue: {revenue}, {share} of the whole. {next} "
    "follows with {next_revenue}.",
    "leading.place.do": "All the others together bring {rest}.",
    "leading.product.do": "Make sure that it stays in stock: {share} of revenue depends on it.",
    "trailing": "Of the {groups} {what}, {name} brings the least revenue: {revenue}, {share} of the whole.",
    "trailing.place.do": "See what is missing there: the next, {next}, brings {next_revenue}.",
    "trailing.do": "Check its margin before keeping it: the next, {next}, brings {next_revenue}.",
    "trailing.often": "Of the {groups} {what}, {name} brings the least revenue, {revenue} ({share} of the whole), "
    "although it sells the most units ({units}).",
    "trailing.often.do": "Use it to add to orders: it is cheap and bought often.",
    "deal_size": "{name} deals bring the most revenue: {revenue}, {share}; {next} deals follow with {next_revenue}.",
    "deal_size.frequent": "They are the most frequent too: {lines:order line|order lines}, against {second_lines} of "
    "{second} deals.",
    "deal_size.rare": "{frequent} ones are more frequent: {lines:order line|order lines}.",
    "deal_size.but": "The difference in frequency between {frequent} and {second} may be chance.",
    "low_rating": "{name} sells more than most {what} ({revenue}, {share}) but is rated {rating}, the others {rest} "
    "({ratings:rating|ratings}).",
    "low_rating.do": "Read what its buyers say before they stop buying it.",
    "low_rating.place.do": "Read what buyers there say before they stop buying.",
    "low_rating.but": "Only lines with a rating count.",
    # --- customers
    "repeat_rate": "{rate} of customers ordered more than once ({repeat} of {customers}).",
    "repeat_rate.do": "Remind first buyers: if {hundredth} of the {once:customer|customers} who bought once came "
    "back for an average order, that would be {gain}.",
    "repeat_rate.one.do": "Remind the one who bought once: an average order would be {gain}.",
    "repeat_rate.but": "Customers who came late in the range had less time to come again.",
    "kept_customers": "Of the {customers:customer|customers} of the period before, {kept} bought again: {rate}.",
    "kept_customers.lost": "{lost:customer|customers} did not; they had spent {at_stake}, {worth} each.",
    "kept_customers.do": "Write first to those of the {lost} who had spent most.",
    "at_risk": "{segments}: {customers} of {all:customer|customers} ({share}) ordered {orders} times each on "
    "average, but half of them not in the last {days:day|days}. In this range they brought {revenue}, "
    "{revenue_share} of revenue.",
    "at_risk.one": "{segments}: one of {all:customer|customers} ordered {orders} times, but not in the last "
    "{days:day|days}. In this range that customer brought {revenue}, {revenue_share} of revenue.",
    "at_risk.one.do": "Call this customer: {revenue} may not come again.",
    "at_risk.do": "Call or write to these {customers}, those who spent most first: their list can be exported.",
    "at_risk.but": "Segments rest on whole histories up to the end of the range, compared within these customers.",
    "value_tier": "The {tier} tier brings {revenue_share} of the revenue of identified customers from {share} of them "
    "({customers}).",
    "value_tier.limited": "The {tier} tier (worth {least} or more so far) brings {revenue_share} of the revenue of "
    "identified customers from {share} of them ({customers}).",
    "value_tier.do": "Look after these {customers} first: each spent {each} on average, the others {others}.",
    "segment_value": "{segment} are {of_all} of the customers and {share} of what customers are expected to bring "
    "in the next {weeks:week|weeks}: {value}, {each} each.",
    "segment_value.do": "Keep these {customers} before winning others. {action}",
    "churn": "{late} of {customers:customer|customers} ({share}) have lapsed: they have not ordered for longer than "
    "is usual for them. In the next {weeks:week|weeks} they are expected to spend {value}; on schedule it would be "
    "{on_schedule}; {at_stake} is at stake.",
    "churn.do": "Contact the first {half} of the list: half of the loss is theirs ({held}).",
    "churn.but": "Usual means up to one and a half times a customer's own mean interval between orders. Customers who "
    "ordered once have none and are left out, as are the two fifths of all customers who bought last. It is a "
    "ranking, not a verdict on one customer.",
    "segment_moves": "In the last 12 months {fell:customer|customers} fell to a lower segment or did not come again, "
    "and {rose} rose or {rose:?was|were} new. Together they spent {lost} less than in the 12 months before, {share} "
    "of all that customers spent then.",
    "segment_moves.do": "Begin with {segment}: {left:customer|customers} fell from there or left, and {came} came "
    "up to it.",
    "segment_moves.but": "Segments of both years by the limits of the first. Some rise and some fall in any year: "
    "this is their balance.",
    "worth.model.but": "Expected by models of whole histories: they know the season, where the history shows one, but "
    "no prices or campaigns.",
    "worth.tried.but": "Tested on these customers {tested_weeks:week|weeks} before the end of the data, the models "
    "predicted {foreseen:purchase|purchases}; {made} {made:?was|were} made.",
    # --- attribution
    "attribution": "Who gets credit for sales depends on the model: by {model}, {one} earns more of it than {two} "
    "({one_model} against {two_model}); by {rival}, less ({one_rival} against {two_rival}).",
    "attribution.moved": "{moved} of the credit moves between the two models.",
    "attribution.worth": "{moved} of the credit, {money}, moves between the two models.",
    "attribution.do": "Before shifting a budget between the two, leave {one} out for some customers and compare.",
    "attribution.but": "Whole journeys, whatever the dates and filters; neither model says what a channel caused.",
    # --- differences
    "order_value.largest": "Of the {what}, {name} has the largest orders: {aov} on average, {apart} against the others "
    "({rest}).",
    "order_value.smallest": "Of the {what}, {name} has the smallest orders: {aov} on average, {apart} against the "
    "others ({rest}).",
    "order_value.smallest.do": "If they were as large as the others, its {orders:order|orders} would bring {gap} "
    "more: see which products they lack.",
    "conversion.more": "{name} turns {rate} of {sessions:visit|visits} into orders, the other channels {rest}.",
    "conversion.fewer": "{name} turns only {rate} of {sessions:visit|visits} into orders, the other channels {rest}.",
    "conversion.more.do": "See what these visits land on, and use it elsewhere: at the rate of the others they would "
    "have brought {gap} less.",
    "conversion.fewer.do": "Look at its landing pages: at the rate of the others they would bring {gap} more.",
    "conversion.but": "Last channel before the order; what brought the visitor there earlier is not in it.",
    # --- hours
    "busy_hours.one": "Most orders come at {hour}: {orders} of them, {share}; fewest at {quiet} ({quiet_orders}).",
    "busy_hours.several": "Most orders come at {hours}, about equally many: {orders:order|orders} at {hour}, {share}; "
    "fewest at {quiet} ({quiet_orders}).",
    "busy_hours.do": "Send campaigns in the hour before {hour}, and do maintenance around {quiet}.",
    "busy_hours.but": "In the time zone of the data, which need not be the buyers'.",
    "part_of_day.one": "{part} ({hours}) is the busiest part of the day: {orders:order|orders}, {share}; {next} follows"
    " with {next_orders}.",
    "part_of_day.several": "{level} are the busiest parts of the day: {level_orders}, {share} of orders; the "
    "difference between them may be chance. {next} follows with {next_orders}.",
    "part_of_day.do": "Staff support and delivery for {level}.",
    # --- what comes, and rules
    "forecast.refused": "No forecast of revenue is given. {why}",
    "forecast.refused.do": "Plan with the range of the last periods rather than with one number.",
    "forecast.alone": "Revenue until {until} is expected to average {mean} a {grain}, four of five {grains} between "
    "about {low} and {high}.",
    "forecast.recent": "Revenue until {until} is expected to average {mean} a {grain}, four of five {grains} between "
    "about {low} and {high}; the last {steps} {grains} averaged {recent} ({change}).",
    "forecast.recent.one": "Revenue until {until} is expected to be {mean}, four times in five between about {low} and "
    "{high}; the last {grain} brought {recent} ({change}).",
    "forecast.season": "Revenue until {until} is expected to average {mean} a {grain}, four of five {grains} between "
    "about {low} and {high}: {change} against the recent level of {recent}, as at this time last year ({season}).",
    "forecast.do": "Plan stock and staff for {low} to {high} a {grain}.",
    "forecast.wide.do": "Between {low} and {high} a {grain}, nobody can plan: order in small steps, and look again "
    "each {grain}.",
    "forecast.but": "It does not know of promotions to come.",
    "forecast.aside": "The history ends in a December peak and holds little more than a year, so what follows a "
    "December is unknown: the last {aside} {periods} {aside:?is|are} set aside, and the forecast starts from the level "
    "before.",
    "forecast.tried": "Over {origins:past forecast|past forecasts} it missed by {missed} of sales; repeating "
    "{repeated} missed by {rival}.",
    "forecast.tried.alone": "Over {origins:past forecast|past forecasts} it missed by {missed} of sales.",
    "forecast.untried": "It follows last year's course at the level of this year; the history is too short to test "
    "that.",
    "alert.level.day": "The rule “{rule}” fired on {period}: {metric} {value} where about {base} was usual ({change}).",
    "alert.level.week": "The rule “{rule}” fired in the week of {period}: {metric} {value} where about {base} was usual"
    " ({change}).",
    "alert.level.days": "Over the {days:day|days} to {period} {metric} was {value}, where about {base} was usual "
    "({change}), so the rule “{rule}” fired.",
    "alert.level": "The rule “{rule}” fired in {period}: {metric} {value} where about {base} was usual ({change}).",
    "alert.change.day": "The rule “{rule}” fired on {period}: {metric} {value} against {base} before ({change}).",
    "alert.change.week": "The rule “{rule}” fired in the week of {period}: {metric} {value} against {base} before "
    "({change}).",
    "alert.change": "The rule “{rule}” fired in {period}: {metric} {value} against {base} before ({change}).",
    "alert.plain.day": "The rule “{rule}” fired on {period}: {metric}: {why}",
    "alert.plain.week": "The rule “{rule}” fired in the week of {period}: {metric}: {why}",
    "alert.plain": "The rule “{rule}” fired in {period}: {metric}: {why}",
    "alert.once": "It had not fired before in {months:month|months}.",
    "alert.twice": "It fired twice in {months:month|months}.",
    "alert.often": "It fired {fired:time|times} in {months:month|months}.",
    "alert.now.do": "It is still firing: act on it now, or change the rule.",
    # --- discounts
    "discount.unknown": "{given} of discounts were given ({rate} of list prices). Whether they brought orders cannot be"
    " estimated: {why}.",
    "discount.unknown.do": "Discount some products in some weeks and not in others, whatever the quantity: then the "
    "effect can be estimated.",
    "discount.nothing": "{given} of discounts were given ({rate} of list prices), and products were not ordered "
    "measurably more often in the weeks when they were cheaper: orders {effect} for {step} off, {high} at best, but "
    "{needed} more would be needed to offset the lower price.",
    "discount.nothing.do": "Give fewer discounts on some of the products, and compare.",
    "discount.more": "Products were ordered {more} more often in weeks when they were {step} cheaper (between {low} and"
    " {high}); {given} of discounts were given, {rate} of list prices.",
    "discount.more.do": "Weigh it against the {given} given: more orders do not mean more profit.",
    "discount.fewer": "Products were ordered {more} less often in weeks when they were {step} cheaper (between {low}"
    " and {high}); {given} of discounts were given, {rate} of list prices.",
    "discount.fewer.do": "Before giving more, find out what discounts went along with, such as the end of a product or"
    " a season.",
    "discount.but": "An association over {products:product|products} and {weeks:week|weeks}, not the effect of the "
    "next discount: it includes whatever else changed at the same time.",
    # --- unusual days
    "unusual_day.strong": "{day} was unusually strong: {revenue} where about {expected} was to be expected ({change}).",
    "unusual_day.weak": "{day} was unusually weak: {revenue} where about {expected} was to be expected ({change}).",
    "unusual_day.strong_run": "The {days:day|days} to {day} were unusually strong: {revenue} where about {expected} was"
    " to be expected ({change}).",
    "unusual_day.weak_run": "The {days:day|days} to {day} were unusually weak: {revenue} where about {expected} was "
    "to be expected ({change}).",
    "unusual_day.orders": "There {orders:?was|were} {orders:order|orders}, where about {usual_orders} would have been"
    " usual.",
    "unusual_day.larger": "There were about as many orders as usual ({orders}), but larger ones.",
    "unusual_day.smaller": "There were about as many orders as usual ({orders}), but smaller ones.",
    "unusual_day.lasts": "It lasted: in the {weeks:week|weeks} after, a day brought {after}, where {before} had been "
    "usual.",
    "unusual_day.strong_run_lasts.do": "Find out what began in these days, and plan stock and staff for {after} a day.",
    "unusual_day.weak_run_lasts.do": "Check what has been different since then: stock, prices, advertising, or missing "
    "data. Until it is found, plan for {after} a day.",
    "unusual_day.strong.do": "Note what happened that day, so that it can be repeated.",
    "unusual_day.weak.do": "Check whether the shop, the stock or the data had a gap that day.",
    "unusual_day.strong_run.do": "Note what began in these days, so that it can be repeated.",
    "unusual_day.weak_run.do": "Check what has been different since then: stock, prices, advertising, or missing data.",
    # --- stock
    "running_out.gone": "{product} is out of stock; it sold {units} a day.",
    "running_out.gone.why": "At the last count none was left.",
    "running_out.soon": "{product} lasts {cover:more day|more days} at {units} sold a day.",
    "running_out.others": "{others:other product runs|other products run} out within {within:day|days}.",
    "running_out.do": "Order now: without a delivery, about {missed} of sales will be missed in the next "
    "{within:day|days}.",
    "running_out.but": "At the pace of the four weeks before the last count; season and promotions are not considered.",
    "idle_stock.one": "{product}: {pieces} in stock, worth {worth} {priced}, about "
    "{months:month|months} at the pace of the four weeks before the last count ({sold} sold).",
    "idle_stock.unsold": "{product}: {pieces} in stock, worth {worth} {priced}; none was sold in "
    "the four weeks before the last count.",
    "idle_stock.several": "{products:product has|products have} stock for more than {long:day|days}, or do not sell at "
    "all: {pieces:unit|units} worth {worth} {priced}. {product} is {part} of it ({largest}).",
    "idle_stock.do": "Stop ordering, and sell off what will not sell next season: {worth} is tied up.",
    # --- what cannot be compared
    "partial_year": "The data hold only {days:day|days} of {year} ({part}), which brought {revenue}.",
    "partial_year.same_days": "In the same days of the year before, {before}, revenue was {base} ({change}).",
    "partial_year.do": "Compare {year} only with the same days of other years, not with a whole year.",
    "namesakes.apart": "{places:place is|places are} called {name} and counted apart: {first} brings {revenue}, "
    "{second} {second_revenue}.",
    "namesakes.regions": "{name} is booked under {places:region|regions}: {first} brings {revenue}, {second} "
    "{second_revenue}.",
    "namesakes.more": "The other {more} bring less.",
    "namesakes.regions.do": "If they are one place, it brings {sum}: give it one region in the source.",
    # --- silences
    "lost_sales.out": "{name} was out of stock for {days:day|days}, {span}: about {orders:order|orders} worth {lost} "
    "were missed.",
    "lost_sales.out.do": "Reorder {name} earlier: two weeks take about {two_weeks:order|orders}.",
    "lost_sales.out_now": "{name} has been out of stock since {first}: in {days:day|days} about {orders:order|orders} "
    "worth {lost} were missed.",
    "lost_sales.out_now.do": "Order {name} now: each further week costs about {a_week}.",
    "lost_sales.gap": "{name} was not sold for {days:day|days}, {span}, where about {orders:order|orders} worth {lost} "
    "were to be expected.",
    "lost_sales.gap.do": "Check whether it was out of stock or not on offer then: a week without it costs about "
    "{a_week}.",
    "lost_sales.open": "{name} has not been sold since {first}: in {days:day|days} about {orders:order|orders} worth "
    "{lost} were to be expected.",
    "lost_sales.open.do": "Unless it was withdrawn, check its stock and its offer today: a week without it costs about "
    "{a_week}.",
    "lost_sales.in_stock": "{name} was not sold for {days:day|days}, {span}, although {on_hand:unit was|units were} in "
    "stock at least: about {orders:order|orders} worth {lost} were to be expected.",
    "lost_sales.in_stock.do": "Check its price and its offer: a week without a sale costs about {a_week}.",
    "lost_sales.but": "At the pace of the weeks before; buyers may have bought something else instead.",
    "missing_part.open": "The {what} {name} has had no order since {first}: in {days:day|days} about "
    "{orders:order|orders} worth {lost} were to be expected, and all others continued.",
    "missing_part.open.do": "Check whether the import lacks {name} before comparing anything: {lost} may be missing.",
    "missing_part.gap": "The {what} {name} had no order for {days:day|days}, {span}, where about "
    "{orders:order|orders} worth {lost} were to be expected, and all others continued.",
    "missing_part.gap.do": "Check whether the data lack these {days:day|days}, or {name} was closed.",
    "missing_days.open": "There has been no order at all since {first}: in {days:day|days} about {orders:order|orders} "
    "worth {lost} were to be expected.",
    "missing_days.open.do": "Check whether the last import is complete: {lost} may be missing.",
    "missing_days.gap": "There was no order at all for {days:day|days}, {span}, where about {orders:order|orders} "
    "worth {lost} were to be expected.",
    "missing_days.gap.do": "Unless the business was closed, load these {days:day|days} again.",
    "ends_early.hour": "{day} ends early in the data: its last order came before {hour}, and the {days:day|days} "
    "before brought {missing} on average after that hour.",
    "ends_early.day": "{day} may be incomplete: {orders:order|orders}, where about {expected} are usual on that "
    "weekday.",
    "ends_early.do": "Leave {day} out of comparisons, or load it again once it is complete: about {missing} appears "
    "to be missing.",
    # --- in one place only
    "one_place_only.up": "{thing} rose in {name} and not elsewhere: from {orders_base} to {orders:order|orders}, where "
    "{expected} would match {thing} elsewhere ({elsewhere}) and the rest of {name}.",
    "one_place_only.up.do": "Find out what {name} does differently, and try it elsewhere: it brought {gap} more.",
    "one_place_only.down": "{thing} fell in {name} and not elsewhere: from {orders_base} to {orders:order|orders}, "
    "where {expected} would match {thing} elsewhere ({elsewhere}) and the rest of {name}.",
    "one_place_only.down.do": "Check stock, price and placing of {thing} in {name}: {gap} is missing.",
    "mix_shift.up": "{name} turned to {thing}: {own_now} of its revenue after {own_base} in {base_span}; for the "
    "other {what}, {others_now} after {others_base}.",
    "mix_shift.up.do": "Show {thing} to {name} first, and keep it in stock: it brought {gap} more.",
    "mix_shift.down": "{name} turned away from {thing}: {own_now} of its revenue after {own_base} in {base_span}; for "
    "the other {what}, {others_now} after {others_base}.",
    "mix_shift.down.do": "Ask a few of {name} what they bought instead of {thing}: {gap} is missing.",
    # --- groups of customers
    "departing_group.fewer": "{name} is losing customers: {customers} bought, {by} fewer than the {customers_base} of "
    "{base_span}, while the number of all others changed by {others}.",
    "departing_group.kept": "Of its earlier customers {kept} bought again, of the others {others_kept}.",
    "departing_group.do": "Write to the {stayed_away:customer|customers} who stayed away: about {lost} is missing.",
    "departing_group.do_shorter": "Ask its customers why they stay away: about {lost} is missing.",
    "worse_repeat": "New customers of {name} come back less often: {rate} of {won} ordered again within "
    "{horizon:day|days}, against {others} of those of other {what}.",
    "worse_repeat.do": "Make them a second offer, or spend less on {name}: at the rate of the others "
    "{missing:more customer|more customers} would have come back, worth about {lost}.",
    "worse_repeat.do_part": "Make them a second offer, or spend less on {name}: at the rate of the others "
    "{missing:more customer|more customers} would have come back in {watched:day|days}, worth about {lost}; {gap} of "
    "it for a range of this length.",
    "worse_repeat.but": "The chart shows who came back through {name} itself; orders through other {what} count here "
    "too.",
    # --- the range
    "new_products.one": "{product} is new: since {first} it has brought {revenue}, {share} of revenue, in "
    "{orders:order|orders}.",
    "new_products.several": "{products:product is|products are} new and brought {revenue}, {share} of revenue; "
    "{product} brought the most ({own}).",
    "new_products.without": "Everything else changed by {old_change} on {base_span}, revenue as a whole by "
    "{whole_change}.",
    "new_products.do": "Keep {product} in stock: about {a_day:order|orders} a day contain it.",
    "new_products.but": "Sales taken from other products are not deducted.",
    "gone_products.one": "{product} is no longer sold: it brought {revenue} in {base_span}, {share} of revenue, in "
    "{orders:order|orders}.",
    "gone_products.one.why": "It was {share} of revenue in {base_span}.",
    "gone_products.several": "{products:product is|products are} no longer sold: together they brought {revenue} in "
    "{base_span}, {share} of revenue; {product} brought the most ({own}).",
    "gone_products.do": "Check that this was intended: otherwise about {revenue} is missing.",
    # --- margin
    "margin.fell": "Revenue changed by {whole} on {base_span}, profit by {change}: the margin fell from {before} to "
    "{margin}, which cost {gap} of profit.",
    "margin.rose": "Revenue changed by {whole} on {base_span}, profit by {change}: the margin rose from {before} to "
    "{margin}, which brought {gap} of profit.",
    "margin.discounts": "Discounts grew by {given} to {discounts}: {rate} of list prices, up from {rate_before}.",
    "margin.discounts_most": "Discounts grew by {given} to {discounts}: {rate} of list prices, up from {rate_before}. "
    "They grew most for {name} ({own}, up from {own_before}).",
    "margin.discounts.do": "Check whether the extra {given} of discounts brought enough orders to pay for itself.",
    "margin.do": "Check purchase prices, selling prices and which products were sold.",
    "rising_refunds": "Refunds of {name} rose from {base} to {rate} of sales, while those of everything else went from "
    "{others_base} to {others}: {excess} more than expected.",
    "rising_refunds.do": "Read the last complaints about {name}, and check its latest delivery: {refunds} was given "
    "back.",
    "rising_fees": "Selling fees took {rate} of revenue after {base} in {base_span}: {gap} more than at the earlier "
    "rate.",
    "rising_fees.do": "Check the latest statements of fees: {fees} was withheld.",
    "rising_fees.rate": "Mainly {name} charged more: {own} of its revenue after {own_base}.",
    "rising_fees.rate.do": "Check the fees of {name}, or raise prices there: at the earlier rate, fees would be "
    "{part} lower.",
    "rising_fees.mix": "Mainly more was sold through {name}, which keeps {own}: {share} of revenue after {share_base}.",
    "rising_fees.mix.do": "See which of its orders could come directly: {name} kept {own_fees}.",
    "losing_discounts": "Sales at more than {depth} off lose money: {loss} on {revenue} of revenue ({share}).",
    "losing_discounts.any": "Discounted sales lose money: {loss} on {revenue} of revenue ({share}).",
    "losing_discounts.do": "End discounts above {depth}: profit would have been {without}, not {profit}, without "
    "these sales.",
    "losing_discounts.any.do": "End these discounts: profit would have been {without}, not {profit}, without these "
    "sales.",
    "losing_discounts.but": "What their buyers bought besides is not considered.",
    "loss_makers.one": "{name} loses money: {own} on {revenue} of revenue.",
    "loss_makers.several": "{many} of {of} {what} lose money, {loss} together; {name} loses the most, {own} on "
    "{revenue} of revenue.",
    "loss_makers.do": "Raise prices there, or cut costs and discounts: without this loss, profit would be {without}, "
    "not {profit}.",
    "loss_makers.but": "Based on the costs that the data give.",
    # --- standing facts
    "refund_share": "{refunds} of {gross} was given back: {rate} of gross revenue.",
    "refund_share.most": "{name} stands out: {own} ({own_share} of all refunds), {own_rate} of sales.",
    "refund_share.do": "Find out why {name} comes back: at the refund rate of everything else, {excess} less "
    "would be given back.",
    "unknown_customers": "{unknown} of {orders:order|orders} ({share}) {unknown:?names|name} no customer and "
    "{unknown:?brings|bring} {revenue_share} of revenue ({revenue}). Figures about customers leave them out.",
    "unknown_customers.do": "Ask for a name or address with each order: of these {unknown}, nobody knows who came "
    "back.",
    "yearly_growth.rose": "{year} brought {revenue}, up {by} on {before} ({base}).",
    "yearly_growth.fell": "{year} brought {revenue}, down {by} on {before} ({base}).",
    "yearly_growth.since": "From {first} ({first_revenue}) on, revenue rose in {rises} of {steps:year|years}, by "
    "{a_year} a year on average.",
}
