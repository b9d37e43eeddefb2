"""Notes on days, among them decisions: kept in the state store, shown as marks on time charts, and measured. Without a
state store there are only the events that a data set declares."""
