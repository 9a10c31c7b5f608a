"""The tests: one folder for each room, journeys in a real browser, races of real processes, and the house rules."""
