"""What changed between two versions of a data set, as one policy sees them, and since when somebody has not looked.

recap → compare → wording; keeping and looks hold them in the state store; panel shows them on the Overview
"""
