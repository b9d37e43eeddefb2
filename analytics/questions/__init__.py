"""What pages ask: a function each, (engine, selection, options) -> Answer.

In every frame money is in the data set's currency, shares, rates and growth are 0–100, and what is not defined, such as
a ratio over nothing, is blank. A selection that no order line passes gives no rows, unless the question says otherwise.
A field or an extra table that the data lack raises NotInData.
"""
