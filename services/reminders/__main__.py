"""`python -m services.reminders` serves."""

from services.reminders.app import build
from services.reminders.settings import RemindersSettings
from shared.settings import load

if __name__ == "__main__":
    build(load(RemindersSettings)).run()
