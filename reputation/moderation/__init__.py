"""What was reported, what was decided about it and by whom: reports, cases, sanctions, appeals."""
