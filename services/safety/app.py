"""The wiring of safety; nothing is created at import."""

from services.safety.desk import Desk
from services.safety.http import router
from services.safety.replay import Replay
from services.safety.settings import SafetySettings
from services.safety.spool import Spool
from services.safety.transitions import SERVICE
from shared.runtime.app import App, assemble
from shared.sealing import derived_key, read_master_key


def build(settings: SafetySettings) -> App:
    """The service, wired and not yet started; it also serves without its database."""
    clinics = settings.clinics()
    spool = Spool(settings.spool_dir, derived_key(read_master_key(settings.master_key_file), "safety-spool"))
    return assemble(
        SERVICE,
        settings,
        lambda runtime: router(runtime, clinics, Desk(runtime, spool)),
        beside=lambda runtime: Replay(runtime, spool).run(),
        needs_database=False,
    )
