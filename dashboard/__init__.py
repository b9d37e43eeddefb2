"""The web application: pages of charts over analytics, their answers, exports and reports."""
