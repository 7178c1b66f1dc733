"""When the people of Meridian are at work, and so how busy its login log is."""

from functools import lru_cache
from itertools import accumulate

from logsync.simulator.company.company import Company, Person
from logsync.simulator.nanoseconds import DAY, HOUR

# How busy each hour of a UTC day is, in percent. People of all time zones work here, so none is quiet.
HOURS = (57, 60, 69, 75, 81, 89, 103, 122, 135, 140, 138, 132, 132, 138, 140, 134, 124, 112, 99, 85, 68, 58, 55, 54)
WORKDAY, WEEKEND = 1.06, 0.85


class Activity:
    def __init__(self, company: Company) -> None:
        self.company = company
        self._weights = lru_cache(maxsize=48)(self._weights_of_hour)

    def rate(self, moment: int) -> float:
        """Return how busy the moment is; 1 is the average of a week."""
        return HOURS[utc_hour(moment)] / 100 * (WEEKEND if is_weekend(moment) else WORKDAY)

    def weights(self, moment: int) -> list[float]:
        """Return how likely each person logs in at that moment, as cumulative weights."""
        return self._weights(utc_hour(moment), is_weekend(moment))

    def _weights_of_hour(self, hour: int, weekend: bool) -> list[float]:
        share = 0.15 if weekend else 1.0
        return list(accumulate(0.02 + share * diligence(person, hour) for person in self.company.people))


def diligence(person: Person, hour: int) -> float:
    if 8 <= person.local_hour(hour) < 18:
        return 1.0
    return 0.25 if person.is_awake(hour) else 0.02


def utc_hour(moment: int) -> int:
    return moment // HOUR % 24


def is_weekend(moment: int) -> bool:
    # 1970-01-01 was a Thursday.
    return (moment // DAY + 3) % 7 >= 5
