"""Calendars: what is booked here, for the calendars of people and labs; and the busy time of a lab's own calendar."""
