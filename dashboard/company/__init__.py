"""What a company keeps besides its data: people and how they sign in, what they may see, and what happened.

All of it lies in the state store (state.py), which is optional: without it the application has no login and remembers
nothing.
"""
