"""The page for a flare: one page with contacts, in the person's language, kept by their own device."""

from datetime import date
from typing import Any

import pytest

from services.plans.api.flare_page import PAGE_LINES, PAGE_WIDTH, CallView, FlarePageView, as_html, as_text
from shared.clinics import LANGUAGES, Human
from tests.unit.services.plans.front import PLAN, WHY, Front


def page(language: str = "en", **changes: Any) -> FlarePageView:
    return FlarePageView(
        **{
            "language": language, "plan_version": 2, "written_on": date(2026, 3, 2), "title": "My plan", "text": "",
            "steps": ["Rest a while."], "phones": [CallView(label="The clinic", number="+1 555 010 0199")],
            "human": Human(name="Harbour", phone="+1 555 0100", hours="Mon-Fri", messages_read=False),
            "emergency_number": "911", **changes,
        }
    )  # fmt: skip


@pytest.mark.article("P9.5")
async def test_the_page_has_the_steps_the_own_phones_the_clinic_with_its_hours_and_the_emergency_number(
    front: Front,
) -> None:
    assert (await front.call("GET", "/patients/p1/flare-plan", "patient")).status_code == 404
    await front.plan()
    read = await front.call("GET", "/patients/p1/flare-plan", "patient")
    found = read.json()
    assert (found["steps"], found["phones"]) == (PLAN["flare_plan"]["steps"], PLAN["flare_plan"]["phones"])
    assert (found["human"]["hours"], found["emergency_number"], found["plan_version"]) == ("Mon-Fri", "911", 1)
    for line in ("1. Rest a while.", "- The clinic: +1 555 010 0199", "In danger: call 911.", "(Mon-Fri)"):
        assert line in found["text"]
    plain = await front.call("GET", "/patients/p1/flare-plan?format=text", "clinician")
    assert (plain.text, plain.headers["content-type"]) == (found["text"], "text/plain; charset=utf-8")
    shown = await front.call("GET", "/patients/p1/flare-plan?format=html", "patient")
    assert shown.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in shown.headers["content-security-policy"]


@pytest.mark.article("P9.5")
async def test_the_persons_own_device_may_keep_the_page_and_asks_whether_it_is_still_the_same(front: Front) -> None:
    await front.plan()
    first = await front.call("GET", "/patients/p1/flare-plan", "patient")
    assert first.headers["cache-control"] == "private, max-age=3600, stale-if-error=2592000"
    token = front.issuer.mint(["patient"], "clinic", patient_id=front.named("p1"))
    headers = {"Authorization": f"Bearer {token}", "If-None-Match": f'W/"other", {first.headers["etag"]}'}
    path = f"/v1/patients/{front.named('p1')}/flare-plan"
    again = await front.client.get(path, headers=headers)
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    other = await front.client.get(f"{path}?format=text", headers=headers)
    assert other.status_code == 200
    steps = {**PLAN, "id": "c-1", "why": WHY, "flare_plan": {**PLAN["flare_plan"], "steps": ["Breathe."]}}
    await front.call("PUT", "/patients/p1/plans/plan-1", body=steps, etag='"1"')
    changed = await front.client.get(path, headers=headers)
    assert (changed.status_code, changed.json()["steps"]) == (200, ["Breathe."])
    assert (await front.call("GET", "/patients/p1/plan", "patient")).headers["cache-control"] == "no-store"


@pytest.mark.parametrize("letter", ["w", "wide words of forty characters or so w" * 8, "م"])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.article("P9.5")
def test_the_longest_plan_is_still_one_page(language: str, letter: str) -> None:
    line = "x" * 43 + " "
    for step in ((letter * 300)[:300], (line * 7)[:300]):
        whole = page(
            language,
            steps=[step] * 10,
            phones=[CallView(label=(letter * 60)[:60], number="+1 (555) 010-0199 555 555 555")] * 5,
            human=Human(name="N" * 120, phone="+1 555 0100 555 555 5555", hours="h" * 120, messages_read=False),
        )
        lines = as_text(whole).splitlines()
        assert len(lines) <= PAGE_LINES
        assert max(map(len, lines)) <= PAGE_WIDTH
        assert "".join(step.split()) in "".join(as_text(whole).split())


def test_words_are_shown_as_words_and_in_their_direction() -> None:
    html = as_html(page(steps=["<script>alert(1)</script> & more"]))
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert 'dir="ltr"' in html
    arabic = as_html(page("ar"))
    assert 'dir="rtl"' in arabic
    assert "\u2066911\u2069" in as_text(page("ar"))


def test_without_a_clinic_the_page_is_whole_all_the_same() -> None:
    text = as_text(page(human=None, emergency_number=None))
    assert "None" not in text
    assert "- The clinic: +1 555 010 0199" in text


async def test_strangers_other_roles_and_a_caregiver_who_is_shown_nothing_read_no_page(front: Front) -> None:
    await front.plan()
    for role in ("caregiver", "admin", "moderator", "device"):
        assert (await front.call("GET", "/patients/p1/flare-plan", role)).status_code == 403
    assert (await front.call("GET", "/patients/p1/flare-plan", tenant="another")).status_code == 404
    assert (await front.call("GET", "/patients/p1/flare-plan?format=pdf", "patient")).status_code == 422
