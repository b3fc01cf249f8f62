"""Which family an everyday activity belongs to, so that gardening counts to the hobby track (article P7.4)."""

from typing import Final

_FAMILIES: Final = {
    "walking": ("walk", "hiking", "nordic_walking", "walking_the_dog", "treadmill"),
    "cycling": ("bike", "road_bike", "mountain_bike", "stationary_bike"),
    "swimming": ("swim", "aqua_exercise", "snorkelling"),
    "strength": ("squats", "chair_stands", "weights", "resistance_band"),
    "mobility": ("stretching", "yoga", "tai_chi", "pilates"),
    "stairs": ("stair_climbing",),
    "hobby": ("gardening", "crafts", "cooking", "music", "photography", "fishing", "pottery"),
    "social": ("dancing", "bowling", "playing_with_children", "group_class"),
    "household": ("housework", "shopping", "laundry"),
}
_FAMILY_OF: Final = {activity: family for family, activities in _FAMILIES.items() for activity in activities}


def family_of(activity: str) -> str:
    """The family of an activity; one that is in no list is its own family."""
    return _FAMILY_OF.get(activity, activity)
