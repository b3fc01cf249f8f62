"""The local inbox: a file that a person can read, written once, complete or not at all."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from services.reminders.channels import FileChannel
from services.reminders.texts import RIGHT_TO_LEFT
from shared.contracts.plans import PatientEnrolledV1
from shared.runtime.messages import Effect
from shared.runtime.ports import ChannelFailed
from tests.unit.services.reminders.person import CLINICS, Person, changed, decided


async def unseal(tenant: str, key: str, token: str) -> str:
    assert (tenant, key) == ("clinic", "p-1")
    return {"s1.situation": "I have had breakfast", "s1.action": "walk to the gate"}[token]


def note() -> Effect:
    person = Person("2025-03-31 10:00").enrolled("Asia/Kolkata").planned()
    person.hear(decided("d-1", 600, 480))
    person.hear(changed("d-1", 600, 480, person.now))
    person.until("2025-03-31 10:01")
    return person.effects[0][1]


def cue() -> Effect:
    person = Person("2025-03-31 06:00").enrolled().planned()
    person.cue("10:00", situation="s1.situation", action="s1.action")
    person.until("2025-03-31 10:00")
    return person.effects[0][1]


async def test_a_note_tells_what_changed_why_and_because_of_what(tmp_path: Path) -> None:
    effect = note()
    await FileChannel(tmp_path, unseal, CLINICS).send(effect, "p-1", "clinic")
    (file,) = (tmp_path / "p-1").iterdir()
    assert file.name == f"2025-03-31T15-30-00_{effect.id}.txt"
    assert file.read_text("utf-8").splitlines() == [
        "To: p-1",
        "Time: 2025-03-31 15:30 (Asia/Kolkata)",
        "About: A change in your plan",
        "",
        "It took longer to settle after that one. Let’s try 8 minutes next time. Your note helps fit the plan to you.",
        "From now on: 8 minutes (it was 10 minutes).",
        "Less is always fine.",
        "",
        f"Because of: event {effect.data['cause_event_id']}",
        f"Message: {effect.id}",
        "",
        "Harbour Pain Clinic: +1 555 0100, Mon-Fri 8-17. No one reads what you write here; please phone. "
        "In danger, call 911.",
    ]


@pytest.mark.article("P5.4")
async def test_a_cue_says_the_persons_own_words(tmp_path: Path) -> None:
    await FileChannel(tmp_path, unseal, CLINICS).send(cue(), "p-1", "clinic")
    (file,) = (tmp_path / "p-1").iterdir()
    assert "If I have had breakfast, then I will walk to the gate." in file.read_text("utf-8")
    assert "Because of: the reminder that you set (cue cue)" in file.read_text("utf-8")


async def test_the_same_message_is_written_once_and_each_sending_after_the_first_leaves_a_mark(tmp_path: Path) -> None:
    channel, effect = FileChannel(tmp_path, unseal, CLINICS), note()
    await asyncio.gather(*(channel.send(effect, "p-1", "clinic") for _ in range(5)))
    (file,) = (tmp_path / "p-1").glob("*.txt")
    before = file.stat().st_mtime_ns
    await channel.send(effect, "p-1", "clinic")
    assert file.stat().st_mtime_ns == before
    marks = {one.name for one in (tmp_path / "p-1").iterdir()} - {file.name}
    assert marks == {f"{file.stem}.{number}.again" for number in range(2, 7)}


@pytest.mark.parametrize("key", ["../p-1", "a/b", "", ".hidden"])
async def test_an_id_that_is_no_file_name_is_refused(tmp_path: Path, key: str) -> None:
    with pytest.raises(ChannelFailed):
        await FileChannel(tmp_path / "in", unseal, CLINICS).send(note(), key, "clinic")
    assert not await asyncio.to_thread((tmp_path / "in").exists)


async def test_a_folder_that_cannot_be_written_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    await asyncio.to_thread((tmp_path / "file").write_text, "")
    with pytest.raises(OSError, match=r"."):
        await FileChannel(tmp_path / "file", unseal, CLINICS).send(note(), "p-1", "clinic")


def test_an_effect_holds_no_word_of_the_person_unsealed() -> None:
    effect = cue()
    assert {effect.data["situation"], effect.data["action"]} == {"s1.situation", "s1.action"}
    assert effect.not_after - timedelta(minutes=30) == Person("2025-03-31 10:00").now


def safety(locale: str) -> Effect:
    person = Person("2025-03-31 10:00")
    person.hear(PatientEnrolledV1(tz="Africa/Cairo", locale=locale))
    person.suspended("s-1", "chest", level="emergency")
    person.tick()
    return person.effects[0][1]


async def _lines(folder: Path, effect: Effect, tenant: str = "clinic") -> list[str]:
    await FileChannel(folder, unseal, CLINICS).send(effect, "p-1", tenant)
    (file,) = (folder / "p-1").iterdir()
    return file.read_text("utf-8").splitlines()


async def test_a_file_in_spanish_is_spanish_from_its_head_to_its_last_line(tmp_path: Path) -> None:
    effect = safety("es-MX")
    assert await _lines(tmp_path, effect) == [
        "Para: p-1",
        "Hora: 2025-03-31 12:00 (Africa/Cairo)",
        "Asunto: Por favor, lea esto ahora",
        "",
        "Por favor, deje de hacer ejercicio por ahora.",
        "Llame ahora al 911. Descanse mientras espera la ayuda.",
        "Su plan y sus mensajes descansan hasta que un profesional clínico lo haya mirado. Aquí puede seguir leyendo y "
        "escribiendo.",
        "En peligro, llame al 911.",
        "",
        f"Motivo: suceso {effect.data['cause_event_id']}",
        f"Mensaje: {effect.id}",
        "",
        "Harbour Pain Clinic: +1 555 0100, lun-vie 8-17. Nadie lee lo que usted escribe aquí; por favor, llame por "
        "teléfono. En peligro, llame al 911.",
    ]


async def test_a_file_in_arabic_runs_from_the_right_and_keeps_a_phone_number_in_its_order(tmp_path: Path) -> None:
    lines = await _lines(tmp_path, safety("ar"))
    assert {line[0] for line in lines if line} == {RIGHT_TO_LEFT}
    assert lines[5] == f"{RIGHT_TO_LEFT}اتصل الآن على \u2066911\u2069. استرح وأنت تنتظر المساعدة."
    assert "\u2066+1 555 0100\u2069" in lines[-1]
    assert "لا أحد يقرأ ما تكتبه هنا" in lines[-1]


async def test_a_tenant_that_is_not_listed_is_told_the_human_of_any_tenant(tmp_path: Path) -> None:
    assert (await _lines(tmp_path, safety("en"), "elsewhere"))[-1].startswith("Clinic: +1 555 0100, ")
