"""Who buys, how much depends on whom, and whether they come back: charts of the Customers page."""

from __future__ import annotations

from functools import partial

from analytics.metrics import labels, offered
from analytics.questions.customers import buyers as customers
from analytics.questions.customers import retention
from dashboard.chart import ByOption, Chart, Explanation, Option, metric_option
from dashboard.components.kpis import customer_cards
from dashboard.figures.marks import bars
from dashboard.figures.topics import customers as customer_figures
from dashboard.figures.topics import loyalty, purchases
from dashboard.pages.options import RANK_OPTIONS

_CUSTOMER = frozenset({"customer"})
_GROUP_METRIC = metric_option(offered("group"))

customer_kpis = Chart(
    name="customer_kpis",
    role="kpis",
    title="Customers at a glance",
    question="How many customers are there, how many buy, and what is one worth?",
    kind="html",
    compute=customers.customer_kpis,
    draw=customer_cards,
    columns=("metric", "value", "base", "delta", "direction"),
    options=(
        Option(
            "window",
            "Active within",
            {
                "default": "Usual window",
                "30": "Active: 30 days",
                "90": "Active: 90 days",
                "180": "Active: 180 days",
                "365": "Active: 365 days",
                "720": "Active: 720 days",
            },
            "default",
        ),
    ),
    needs=_CUSTOMER,
    height=84,
    lines=False,
    explanation=Explanation(
        "Listed: customers of the customer list, where the data have one. Buying: different customers with an order in "
        "the range. Active: customers who bought within the window before the last day of the range, whatever its "
        "start. Repeat rate: customers with two or more orders in the range / buying customers. Customers without an "
        "id are left out."
    ),
)
customer_pareto = Chart(
    name="customer_pareto",
    title="Concentration",
    question="How much revenue depends on a few customers?",
    compute=customers.customer_pareto,
    draw=customer_figures.concentration,
    columns=(
        "customer",
        "customer_name",
        "revenue",
        "share",
        "cumulative_share",
        "rank",
        "cumulative_customers",
        "abc",
    ),
    options=(metric_option(labels("revenue", "profit")),),
    emits=("customer",),
    needs=_CUSTOMER,
    height=330,
    explanation=Explanation(
        "Customers from most to least revenue, or profit, with their share and the running share. Class A are those "
        "who make up the first 80 % (including the one who crosses the line), B those up to 95 %, C the rest. "
        "Customers with more refunds than purchases, or served at a loss, are left out and counted."
    ),
    units={"cumulative_share": "percent", "cumulative_customers": "percent", "rank": "count"},
)
customer_ranking = Chart(
    name="customer_ranking",
    title="Best customers",
    question="Who brings in the most?",
    compute=customers.customer_ranking,
    draw=customer_figures.ranking,
    columns=("customer", "customer_name", "revenue", "share", "orders", "units", "aov", "rank"),
    options=RANK_OPTIONS,
    emits=("customer",),
    needs=_CUSTOMER,
    height=330,
    explanation=Explanation(
        "The metric per customer in the range, highest first, ties by id; the share is of all known customers."
    ),
    units={"rank": "count"},
)
new_and_returning = Chart(
    name="new_and_returning",
    title="New and returning",
    question="How much comes from new customers, and how much from returning ones?",
    compute=retention.new_and_returning,
    draw=loyalty.new_returning,
    columns=("period", "new_or_returning", "customers", "orders", "revenue", "share", "days", "period_days"),
    options=(metric_option(labels("customers", "orders", "revenue", "profit")),),
    emits=("new_or_returning",),
    needs=_CUSTOMER,
    explanation=Explanation(
        "An order is new when it is its customer's first in all the data. A customer whose first and second order fall "
        "in the same period is in both columns of customers; each order and its revenue is in one. Customers who "
        "bought before the data begin look new."
    ),
)
customers_by_orders = Chart(
    name="customers_by_orders",
    title="Customers by number of orders",
    question="How many ordered once, twice, three times?",
    compute=customers.customers_by_orders,
    draw=customer_figures.order_counts,
    columns=("order_count", "customers", "share", "revenue", "revenue_share"),
    needs=_CUSTOMER,
    lines=False,
    height=210,
    explanation=Explanation("The number of different orders per known customer within the range and filters."),
    units={"order_count": "count", "revenue_share": "percent"},
)
cohort_retention = Chart(
    name="cohort_retention",
    months=12,
    grain="month",
    title="Retention by cohort",
    question="Of the customers who first bought in a month, how many buy again later?",
    compute=retention.cohort_retention,
    draw=loyalty.cohorts,
    columns=("first_order_month", "months_later", "customers", "cohort_size", "rate"),
    emits=("first_order_month",),
    needs=_CUSTOMER,
    height=440,
    lines=False,
    explanation=Explanation(
        "Calendar months: the number of customers of the cohort who ordered k months after the month of their first "
        "order / size of the cohort. Months that are not over are blank, and the average for each k includes only "
        "cohorts that are complete at k. With filters, the size is the cohort's customers with any order that matches "
        "the filters. The cohorts are those that begin in the range."
    ),
    units={"months_later": "count", "cohort_size": "count", "rate": "percent"},
)
retention_over_time = Chart(
    name="retention_over_time",
    months=12,
    grain=ByOption("by", {"month": "month", "quarter": "quarter", "year": "year"}),
    title="Retention over time",
    question="What share of one period's customers buys again in the next?",
    compute=retention.retention_over_time,
    draw=loyalty.retention,
    columns=("period", "customers", "previous_customers", "retained", "rate", "days", "period_days"),
    options=(Option("by", "By", {"month": "by month", "quarter": "by quarter", "year": "by year"}, "month"),),
    needs=_CUSTOMER,
    lines=False,
    explanation=Explanation(
        "Customers who bought in both periods / customers who bought in the period before. Blank where the data do not "
        "cover both periods completely."
    ),
    units={"previous_customers": "count", "retained": "count", "rate": "percent"},
)
spending_and_aov = Chart(
    name="spending_and_aov",
    title="Spending and average order",
    question="Who places large orders, and who many?",
    compute=customers.spending_and_aov,
    draw=customer_figures.spending,
    columns=("customer", "customer_name", "revenue", "aov", "orders"),
    emits=("customer",),
    needs=_CUSTOMER,
    height=380,
    explanation=Explanation(
        "Revenue and average order value of each customer in the range. The lines are revenue per customer and the "
        "average order of all customers. Up to 60 customers are named and sized by their orders; of more than 800, 800 "
        "are drawn, evenly spread by revenue, and the table has all of them. Customers without positive revenue cannot "
        "be shown on a logarithmic axis."
    ),
)
order_frequency = Chart(
    name="order_frequency",
    months=36,
    grain="year",
    title="Orders by customer and year",
    question="Who orders how often each year?",
    compute=customers.order_frequency,
    draw=purchases.frequency,
    columns=("customer", "customer_name", "period", "orders", "customer_orders", "year_orders"),
    emits=("customer",),
    needs=_CUSTOMER,
    height=380,
    explanation=Explanation(
        "The number of different orders per customer and year of the data set's calendar, highest first, with totals."
    ),
    units={"customer_orders": "count", "year_orders": "count"},
)
customer_products = Chart(
    name="customer_products",
    title="Who buys what",
    question="Which customers buy which products?",
    compute=customers.customer_products,
    draw=purchases.products,
    columns=("customer", "customer_name", "product", "revenue", "units", "orders"),
    options=(metric_option(labels("revenue", "units", "orders", "profit")),),
    emits=("customer", "product"),
    needs=_CUSTOMER,
    height=400,
    explanation=Explanation(
        "The metric per customer and product in the range. An empty cell is a product that the customer did not buy. "
        "The chart shows the largest customers and products."
    ),
)
new_customers_by_channel = Chart(
    name="new_customers_by_channel",
    title="New customers by channel",
    question="Through which channels do new customers come?",
    compute=retention.new_customers_by_channel,
    draw=loyalty.new_by_channel,
    columns=("channel", "new_or_returning", "customers", "share", "revenue", "aov"),
    emits=("channel", "new_or_returning"),
    needs=_CUSTOMER | {"channel"},
    height=240,
    explanation=Explanation("Customers whose first order ever came through the channel and is in the range."),
)
by_age_group = Chart(
    name="by_age_group",
    title="Age groups",
    question="Which age groups buy?",
    compute=partial(customers.groups, by="age_group", natural=True),
    draw=bars.ranked_bar,
    columns=(
        "age_group",
        "revenue",
        "share",
        "orders",
        "customers",
        "aov",
        "revenue_per_customer",
        "orders_per_customer",
    ),
    options=(_GROUP_METRIC,),
    emits=("age_group",),
    needs=frozenset({"age_group"}),
    height=240,
    explanation=Explanation("The metric per age group of the customer."),
)
by_gender = Chart(
    name="by_gender",
    title="Gender",
    question="Who buys: women or men?",
    compute=partial(customers.groups, by="gender"),
    draw=bars.ranked_bar,
    columns=("gender", "revenue", "share", "orders", "customers", "aov", "revenue_per_customer", "orders_per_customer"),
    options=(_GROUP_METRIC,),
    emits=("gender",),
    needs=frozenset({"gender"}),
    height=240,
    explanation=Explanation("The metric per gender as the data name it."),
)
by_payment_method = Chart(
    name="by_payment_method",
    title="Payment methods",
    question="How do customers pay?",
    compute=partial(customers.groups, by="payment_method"),
    draw=bars.ranked_bar,
    columns=(
        "payment_method",
        "revenue",
        "share",
        "orders",
        "customers",
        "aov",
        "revenue_per_customer",
        "orders_per_customer",
    ),
    options=(_GROUP_METRIC,),
    emits=("payment_method",),
    needs=frozenset({"payment_method"}),
    height=240,
    explanation=Explanation("The metric per payment method of the order."),
)
