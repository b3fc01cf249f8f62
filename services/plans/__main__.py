"""`python -m services.plans` serves."""

from services.plans.app import build
from services.plans.settings import PlansSettings
from shared.settings import load

if __name__ == "__main__":
    build(load(PlansSettings)).run()
