"""Digests: mails that tell, every day, week or month, how a view stands and what changed since the one before.

schedule → kept → recipients → content → letter → sending; page and routes show them in the browser
"""
