"""`python -m services.community` serves."""

from services.community.app import build
from services.community.settings import CommunitySettings
from shared.settings import load

if __name__ == "__main__":
    build(load(CommunitySettings)).run()
