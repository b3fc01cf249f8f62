"""The wiring of progression; nothing is created at import."""

from functools import partial

from services.progression.http import router
from services.progression.settings import ProgressionSettings
from services.progression.transitions import SERVICE
from shared.clinics import Clinics, read_clinics
from shared.runtime.app import App, assemble


def build(settings: ProgressionSettings) -> App:
    """The service, wired and not yet started."""
    clinics = Clinics({}) if settings.clinics_file is None else read_clinics(settings.clinics_file)
    return assemble(SERVICE, settings, partial(router, clinics=clinics))
