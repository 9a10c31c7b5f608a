"""Series: the same time booked again and again by one rule, judged, changed and cancelled together or one by one."""
