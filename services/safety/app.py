"""The wiring of safety; nothing is created at import."""

from services.safety.http import router
from services.safety.settings import SafetySettings
from services.safety.transitions import SERVICE
from shared.runtime.app import App, assemble


def build(settings: SafetySettings) -> App:
    """The service, wired and not yet started."""
    return assemble(SERVICE, settings, router)
