"""Figures for agents by the Model Context Protocol: POST /mcp, and `python -m dashboard mcp` over standard input.

tools.py says which tools there are and what each takes; questions.py answers them for one viewer; receipts.py lets an
answer be checked again; protocol.py reads and writes the messages.
"""
