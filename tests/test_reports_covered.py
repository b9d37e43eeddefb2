"""Each line of the five reports has a chart that gives it and a test that proves it."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import NamedTuple

import pytest

from dashboard.pages import CHARTS
from tests.processes import ROOT

REPORTS = ROOT.parent / "shared" / "reference" / "REPORTS.md"
TABLES = (1, 3, 5)  # the reports that give their figures as a table; the others do in prose
LEADS = ("Analyses and features", "Named as its future", "All of it is in scope here", "Its own code has traps")


class Line(NamedTuple):
    """A line of a report: `label` is its first cell, or in prose the words that name it; `test` a node below tests/."""

    report: int
    label: str
    charts: str
    test: str


FIGURES, CHART_URLS = "dashboard/test_reported_figures.py", "dashboard/test_reported_charts.py"
PURCHASES, INSIGHTS = "dashboard/test_reported_purchases.py", "analytics/test_insights.py"

LINES = (
    Line(1, "Revenue / orders / units / customers", "kpis", f"{FIGURES}::test_totals_of_bytronix"),
    Line(1, "…calendar year 2019 only", "kpis", f"{FIGURES}::test_2019_alone"),
    Line(1, "Orders per day", "orders_over_time", f"{CHART_URLS}::test_orders_a_day_as_the_report_divides_them"),
    Line(1, "Products / cities", "top_products top_places", f"{FIGURES}::test_ten_places_of_nine_names"),
    Line(
        1,
        "Revenue by month *number* (stray day in January)",
        "seasonality",
        f"{CHART_URLS}::test_months_by_number_as_the_report_counts_them",
    ),
    Line(1, "…by true calendar month", "revenue_over_time", f"{FIGURES}::test_true_calendar_months"),
    Line(
        1,
        "Average month (12 buckets of the report)",
        "seasonality",
        f"{CHART_URLS}::test_months_by_number_as_the_report_counts_them",
    ),
    Line(
        1,
        "Month-on-month % Feb…Dec (report's buckets)",
        "seasonality growth_over_time",
        f"{CHART_URLS}::test_months_by_number_as_the_report_counts_them",
    ),
    Line(1, "Orders by month", "orders_over_time", f"{FIGURES}::test_true_calendar_months"),
    Line(1, "AOV by month", "aov_over_time", f"{CHART_URLS}::test_average_order_of_every_month"),
    Line(1, "Orders by hour 0…23", "orders_by_hour", f"{FIGURES}::test_orders_by_hour_and_part_of_day"),
    Line(1, "Orders by part of day", "orders_by_part_of_day", f"{FIGURES}::test_orders_by_hour_and_part_of_day"),
    Line(
        1,
        "Revenue / units by product",
        "revenue_by_product units_by_product",
        f"{CHART_URLS}::test_every_product_of_bytronix",
    ),
    Line(1, "Units by month × product", "product_month_units", f"{CHART_URLS}::test_units_by_month_and_product"),
    Line(1, "Pairs in distinct orders", "basket_pairs", f"{CHART_URLS}::test_every_published_pair"),
    Line(1, "Revenue by city", "revenue_by_city top_places", f"{FIGURES}::test_ten_places_of_nine_names"),
    Line(1, "AOV by city", "aov_by_city", f"{CHART_URLS}::test_average_order_of_every_city"),
    Line(
        1, "Customers by number of orders", "customers_by_orders", f"{CHART_URLS}::test_customers_by_number_of_orders"
    ),
    Line(1, "Insights and recommendations per section", "insights", f"{INSIGHTS}::test_every_insight_is_complete"),
    Line(
        1,
        "What its prose gets wrong",
        "insights basket_pairs",
        f"{INSIGHTS}::test_bytronix_false_sentences_stay_unsaid",
    ),
    Line(
        1,
        "iPhone + Wired Headphones",
        "basket_pairs",
        f"{CHART_URLS}::test_nobody_is_told_that_phones_and_headphones_sell_together",
    ),
    Line(2, "duplicates, non-positive amounts", "", "analytics/test_dataset.py::test_what_a_non_positive_line_means"),
    Line(
        2,
        "KPIs revenue, conversion rate, AOV, customer",
        "kpis channel_performance",
        "analytics/test_customers.py::test_groups_by_channel_with_conversion",
    ),
    Line(2, "lifetime value", "clv_by_segment", "analytics/test_clv.py::test_holdout_totals"),
    Line(2, "RFM segmentation", "rfm_segments", "analytics/test_customers.py::test_segments_are_those_of_the_filter"),
    Line(2, "cohort retention", "cohort_retention", "analytics/test_retention_questions.py::test_cohorts_of_cdnow"),
    Line(
        2,
        "geographic AOV against the national average",
        "aov_by_region aov_by_city",
        "analytics/test_geography.py::test_order_value_by_city",
    ),
    Line(
        2,
        "sales trend by category and product",
        "category_over_time product_over_time",
        "analytics/test_products.py::test_over_time_marks_partial_periods_and_shares",
    ),
    Line(
        2, "seasonality", "seasonality year_over_year", f"{CHART_URLS}::test_months_by_number_as_the_report_counts_them"
    ),
    Line(
        2, "inventory turnover", "inventory_turnover stock_cover", "analytics/test_commerce.py::test_toy_stock_figures"
    ),
    Line(
        2,
        "under-performing SKUs",
        "under_performers",
        "analytics/test_products.py::test_under_performers_give_their_reason",
    ),
    Line(
        2,
        "channel analysis",
        "channel_performance new_customers_by_channel",
        "analytics/test_customers.py::test_groups_by_channel_with_conversion",
    ),
    Line(
        2,
        "filters by date range, segment, category",
        "",
        "dashboard/test_export.py::test_csv_json_and_the_frame_are_the_same",
    ),
    Line(2, "forecasting", "forecast", "analytics/test_forecast.py::test_bytronix_scorecard"),
    Line(2, "automated alerts", "", "analytics/test_alerts.py::test_rules_of_all_kinds_are_read"),
    Line(2, "value tiers", "value_tiers", "analytics/test_customers.py::test_value_tiers_against_plain_pandas"),
    Line(
        2, "PostgreSQL as the", "", "analytics/test_sql_source.py::test_bytronix_from_postgresql_is_bytronix_from_files"
    ),
    Line(
        2,
        "container deployment",
        "",
        "test_deployment.py::test_the_dockerfiles_steps_give_an_application_that_loads_its_demo_data",
    ),
    Line(
        2,
        "automated daily reports",
        "",
        "dashboard/test_report.py::test_the_command_writes_the_file_and_tells_how_far_it_is",
    ),
    Line(2, "churn prediction", "churn_risk", "analytics/test_churn.py::test_auc_of_every_score_on_the_holdout"),
    Line(
        2,
        "recommendations",
        "recommendations",
        "analytics/test_suggestions.py::test_bought_with_is_ranked_by_confidence_and_counted_one_by_one",
    ),
    Line(2, "attribution", "attribution", "analytics/test_attribution.py::test_published_figures"),
    Line(
        2,
        "international geography",
        "revenue_map",
        "analytics/test_geography.py::test_every_country_of_classic_models_has_a_shape",
    ),
    Line(2, "`drop_duplicates(", "", "analytics/test_dataset.py::test_cdnow_keeps_repeated_purchases"),
    Line(2, "`amount > 0` deletes refunds", "", "analytics/test_dataset.py::test_what_a_non_positive_line_means"),
    Line(2, "mean of line amounts", "kpis", f"{CHART_URLS}::test_average_order_of_every_month"),
    Line(3, "Orders / customers / active customers", "customer_kpis", f"{CHART_URLS}::test_customers_of_atliq"),
    Line(3, "Revenue / AOV / revenue per customer", "kpis", f"{FIGURES}::test_totals_of_atliq"),
    Line(3, "Pareto of customers", "customer_pareto", f"{CHART_URLS}::test_concentration_and_ranking_of_atliq"),
    Line(3, "Revenue rank, all 17", "customer_ranking", f"{CHART_URLS}::test_concentration_and_ranking_of_atliq"),
    Line(
        3,
        "Customer spending: revenue against AOV per customer",
        "spending_and_aov",
        f"{CHART_URLS}::test_spending_of_atliq",
    ),
    Line(3, "Monthly trend by year", "revenue_over_time year_over_year", f"{CHART_URLS}::test_months_of_atliq"),
    Line(3, "Order frequency, customer × year", "order_frequency", f"{CHART_URLS}::test_order_frequency_of_atliq"),
    Line(
        3,
        "Products sold per customer",
        "customer_products",
        f"{CHART_URLS}::test_products_of_each_customer_lose_no_code",
    ),
    Line(3, "Data caveats", "customer_kpis insights", f"{INSIGHTS}::test_atliq_years_that_are_not_whole"),
    Line(3, "Its prose gets wrong", "insights", f"{INSIGHTS}::test_atliq_false_sentences_stay_unsaid"),
    Line(4, "50,000 purchases, 12.78M revenue, AOV 255.53", "kpis", f"{PURCHASES}::test_totals"),
    Line(4, "mean rating 3.00", "sales_and_rating_by_city", f"{PURCHASES}::test_mean_rating"),
    Line(4, "50.49 %", "order_status kpis", f"{PURCHASES}::test_the_reports_retention_is_a_share_of_rows"),
    Line(4, "revenue by age group", "by_age_group", f"{PURCHASES}::test_age_groups"),
    Line(4, "UPI 12,387", "by_payment_method", f"{PURCHASES}::test_payment_methods"),
    Line(4, "gender split", "by_gender", f"{PURCHASES}::test_genders"),
    Line(4, "top products", "revenue_by_product", f"{PURCHASES}::test_top_products"),
    Line(
        4, "repeat purchases by product", "repeat_purchase_by_product", f"{PURCHASES}::test_repeat_purchases_by_product"
    ),
    Line(4, "effect of discounts", "sales_by_discount discount_effect", f"{PURCHASES}::test_effect_of_discounts"),
    Line(
        4,
        "high sales but low ratings",
        "sales_and_rating_by_city",
        f"{PURCHASES}::test_cities_that_sell_much_and_please_little",
    ),
    Line(4, "revenue and rating by city", "sales_and_rating_by_city", f"{PURCHASES}::test_mean_rating"),
    Line(4, "product's generator", "", "analytics/test_demo_data.py::test_the_totals_of_the_report"),
    Line(5, "Sales over time", "revenue_over_time", f"{CHART_URLS}::test_peaks_of_classic_models"),
    Line(5, "Product lines", "revenue_by_category", f"{CHART_URLS}::test_product_lines"),
    Line(
        5,
        "Deal size (box plot and totals)",
        "deal_size_distribution deal_size_totals",
        f"{CHART_URLS}::test_deal_sizes",
    ),
    Line(5, "Top 10 countries", "revenue_by_country", f"{CHART_URLS}::test_top_countries"),
    Line(5, "Order status", "order_status", f"{CHART_URLS}::test_order_status"),
    Line(5, "RFM, five segments", "rfm_segments", f"{CHART_URLS}::test_segments_scores_and_plan_of_classic_models"),
    Line(
        5,
        "RFM heat map (mean R, F, M score per segment), recency × frequency scatter, action plan per segment",
        "rfm_heatmap rfm_scatter action_plan",
        f"{CHART_URLS}::test_segments_scores_and_plan_of_classic_models",
    ),
    Line(5, "2,823 lines, 307 orders, 92 customers", "kpis", f"{FIGURES}::test_totals_of_classic_models"),
    Line(5, "Its prose gets wrong", "insights", f"{INSIGHTS}::test_classic_models_false_sentences_stay_unsaid"),
)


@pytest.fixture(scope="module")
def sections() -> dict[int, str]:
    """The text of each report's section, where the file of the reports is at hand."""
    if not REPORTS.is_file():
        pytest.skip("the file of the reports is not beside this folder")
    parts = re.split(r"^## (\d)\. ", REPORTS.read_text("utf-8"), flags=re.M)
    return {int(number): text for number, text in zip(parts[1::2], parts[2::2], strict=True)}


def first_cells(section: str) -> list[str]:
    """The first cell of each line of a section's table, without its head."""
    rows = [line.split("|")[1].strip() for line in section.splitlines() if line.startswith("|")]
    return rows[2:]


def defined_tests(path: Path) -> set[str]:
    """Names of the tests that a file defines."""
    tree = ast.parse(path.read_text("utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


@pytest.mark.sampled(2)
@pytest.mark.parametrize("line", LINES, ids=lambda line: f"{line.report}: {line.label}")
def test_its_charts_and_its_proof_exist(line: Line) -> None:
    assert set(line.charts.split()) <= set(CHARTS)
    file, _, name = line.test.partition("::")
    assert name in defined_tests(ROOT / "tests" / file)


def test_a_line_stands_once() -> None:
    assert len({(line.report, line.label) for line in LINES}) == len(LINES)
    assert {line.report for line in LINES} == {1, 2, 3, 4, 5}


@pytest.mark.parametrize("report", [1, 2, 3, 4, 5])
def test_no_line_of_a_table_is_missing(report: int, sections: dict[int, str]) -> None:
    labels = [line.label for line in LINES if line.report == report]
    published = first_cells(sections[report])
    assert bool(published) == (report in TABLES)
    assert labels[: len(published)] == published


def phrases(section: str) -> list[str]:
    """What a report of prose says, piece by piece."""
    flat = re.sub(r"\s+", " ", section.partition("\n")[2])
    pieces = [p.strip() for p in re.split(r"[;:]|\.(?=\s|$)", flat)]
    return [p for p in pieces if p and p not in LEADS]


@pytest.mark.parametrize("report", sorted({1, 2, 3, 4, 5} - set(TABLES)))
def test_no_phrase_of_prose_is_missing(report: int, sections: dict[int, str]) -> None:
    labels = [line.label for line in LINES if line.report == report]
    said = phrases(sections[report])
    assert len(said) > 5
    assert [p for p in said if not any(label in p for label in labels)] == []


def test_lines_of_prose_are_there(sections: dict[int, str]) -> None:
    for line in LINES:
        assert line.label in re.sub(r"\s+", " ", sections[line.report]), line
