"""The wiring of community; nothing is created at import."""

from functools import partial

from services.community.http import router
from services.community.settings import CommunitySettings
from services.community.transitions import SERVICE
from shared.clinics import read_clinics
from shared.runtime.app import App, assemble


def build(settings: CommunitySettings) -> App:
    """The service, wired and not yet started."""
    return assemble(SERVICE, settings, partial(router, clinics=read_clinics(settings.clinics_file)), gathers=True)
