"""Statistics of customers: histories, lifetime value, churn, cohorts, RFM."""
