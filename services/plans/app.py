"""The wiring of plans; nothing is created at import."""

from functools import partial

from services.plans.http import router
from services.plans.settings import PlansSettings
from services.plans.transitions import SERVICE
from services.plans.waiting import keep_counting
from shared.clinics import read_clinics
from shared.runtime.app import App, assemble


def build(settings: PlansSettings) -> App:
    """The service, wired and not yet started."""
    route = partial(router, clinics=read_clinics(settings.clinics_file))
    return assemble(SERVICE, settings, route, beside=keep_counting, gathers=True)
