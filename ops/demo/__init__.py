"""The demo: a whole city on one machine, supervised."""
