"""The wiring of plans; nothing is created at import."""

from functools import partial

from services.plans.http import router
from services.plans.settings import PlansSettings
from services.plans.transitions import SERVICE
from shared.clinics import read_clinics
from shared.runtime.app import App, assemble


def build(settings: PlansSettings) -> App:
    """The service, wired and not yet started."""
    return assemble(SERVICE, settings, partial(router, clinics=read_clinics(settings.clinics_file)))
