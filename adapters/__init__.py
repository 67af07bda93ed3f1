"""Departments' systems on one side, Kafka on the other: one folder per system, all of one shape."""
