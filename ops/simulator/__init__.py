"""A small city that never was: its departments' systems, their dirt, and the truth about it.

It stands outside the hub and shares no code with it but the gazetteer's data.
"""
