"""Wiring: what a service subscribes to follows from its transitions."""

from dataclasses import replace

from shared.contracts.plans import PlanActivatedV1, PlanEndedV1
from shared.contracts.session_logging import SessionLoggedV1
from shared.runtime.app import inputs
from shared.runtime.messages import To, Transition
from tests.support.toy import TOY, Add


def test_a_service_subscribes_to_the_topics_of_its_events_each_once() -> None:
    handler = TOY.transitions[Add]
    routed = To(lambda state, message, now: Transition(state), key=lambda message: "g")
    service = replace(
        TOY, transitions={SessionLoggedV1: handler, PlanActivatedV1: handler, PlanEndedV1: routed, Add: handler}
    )
    assert inputs(service) == ["plans-events", "session-logging-events"]


def test_a_service_without_inputs_subscribes_to_its_own_topic() -> None:
    assert inputs(replace(TOY, transitions={Add: TOY.transitions[Add]})) == ["progression-events"]
