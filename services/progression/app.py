"""The wiring of progression; nothing is created at import."""

from services.progression.http import router
from services.progression.settings import ProgressionSettings
from services.progression.transitions import SERVICE
from shared.runtime.app import App, assemble


def build(settings: ProgressionSettings) -> App:
    """The service, wired and not yet started."""
    return assemble(SERVICE, settings, router)
