"""Runs the rules that say what correct data is, and reports which rows break them.

Here: rule files, the two engines that judge them, quarantine and report. Not here: Dagster, which only
calls this package, and repairs, because a rule never changes a row.
"""
