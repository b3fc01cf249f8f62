"""The wiring of reminders; nothing is created at import."""

from collections.abc import Mapping

from fastapi import APIRouter

from services.reminders.channels import FileChannel
from services.reminders.http import router
from services.reminders.messages import FILE
from services.reminders.settings import RemindersSettings
from services.reminders.transitions import SERVICE
from shared.clock import Clock
from shared.runtime.app import App, assemble
from shared.runtime.ports import Channel
from shared.runtime.runtime import Runtime
from shared.sealing import Sealer


def build(settings: RemindersSettings) -> App:
    """The service, wired and not yet started."""

    clinics = settings.clinics()

    def channels(sealer: Sealer, _: Clock) -> Mapping[str, Channel]:
        return {FILE: FileChannel(settings.outbox_dir, sealer.unseal, clinics)}

    def routes(runtime: Runtime) -> APIRouter:
        return router(runtime, clinics)

    return assemble(SERVICE, settings, routes, channels=channels, gathers=True)
