"""Files and tables that are fetched from addresses, from hosts that the owner's settings name."""
