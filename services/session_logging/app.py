"""The wiring of session_logging; nothing is created at import."""

from functools import partial

from services.session_logging.http import router
from services.session_logging.settings import SessionLoggingSettings
from services.session_logging.transitions import SERVICE
from shared.clinics import read_clinics
from shared.runtime.app import App, assemble


def build(settings: SessionLoggingSettings) -> App:
    """The service, wired and not yet started."""
    return assemble(SERVICE, settings, partial(router, clinics=read_clinics(settings.clinics_file)))
