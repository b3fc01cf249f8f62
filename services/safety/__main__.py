"""`python -m services.safety` serves."""

from services.safety.app import build
from services.safety.settings import SafetySettings
from shared.settings import load

if __name__ == "__main__":
    build(load(SafetySettings)).run()
