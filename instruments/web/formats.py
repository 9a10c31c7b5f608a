"""Dates, times, lengths and money as their reader writes them."""


def when(span, zone):
    return str(span)


def moment(value, zone):
    return str(value)


def day(value):
    return str(value)


def length(value):
    return str(value)


def count(value):
    return str(value)
