"""The oracle: scenarios with numbers of other loyalty systems, replayed against a programme of ours.

words reads a scenario strictly; given, steps and expectations translate its three parts; shop runs the
steps; runner and report answer per scenario. docs/oracle.md tells what is mapped.
"""
