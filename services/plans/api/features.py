"""The routes of features: which parts of Pacewell a person uses, and turning any of them on or off."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel, Field, StrictBool

from services.plans.api.aims import SOURCES
from services.plans.api.consents import Language
from services.plans.api.desk import Desk, json
from services.plans.api.requests import BODY
from services.plans.domain import features
from services.plans.domain.consents import Heard
from services.plans.domain.features import Feature, SwitchFeature
from services.plans.texts.circle import DIRECTION, circle_texts
from shared.clinics import language_of
from shared.contracts.fields import Id
from shared.web.principal import Caller, PersonId, allow, found, may


class SwitchBody(BaseModel):
    """A feature turned on or off by the person's own word; `id` is made by the client."""

    model_config = BODY
    id: Id
    on: StrictBool
    source: Heard = "app"


class SwitchedView(BaseModel):
    """A feature as it is now."""

    feature: Feature
    on: bool


class FeatureView(BaseModel):
    """One feature: whether the person uses it, and what it is in their words; at most three are on `at_start`."""

    feature: Feature
    on: bool
    at_start: bool
    text: str


class FeaturesView(BaseModel):
    """Every feature; `note` says that the plan needs none of them."""

    language: Language
    direction: Literal["ltr", "rtl"]
    features: list[FeatureView]
    note: str = Field(description="The plan works with all of them off.")


def feature_router(desk: Desk) -> APIRouter:
    """The routes of features, under `/v1`."""
    routes = APIRouter(prefix="/v1", tags=["features"])

    @routes.get("/patients/{patient_id}/features")
    async def read_features(patient_id: PersonId, caller: Caller, language: Language | None = None) -> FeaturesView:
        """Which features the person uses, in `language` or their own. Patient or clinician."""
        allow(caller, patient_id, "patient", "clinician")
        state = await desk.known(caller, patient_id)
        chosen: Any = language or language_of(found(state.person).locale)
        words, switched = circle_texts(chosen), state.circle.switched
        return FeaturesView(
            language=chosen,
            direction=DIRECTION[chosen],
            features=[
                FeatureView(
                    feature=one,
                    on=features.is_on(switched, one),
                    at_start=one in features.AT_START,
                    text=words[f"feature.{one}"],
                )
                for one in features.FEATURES
            ],
            note=words["feature.plan_stays"],
        )

    @routes.put("/patients/{patient_id}/features/{feature}", response_model=SwitchedView)
    async def switch_feature(
        patient_id: PersonId,
        feature: Feature,
        body: SwitchBody,
        caller: Caller,
        role: Annotated[str, may("patient", "clinician")],
    ) -> Response:
        """Turn a feature on or off, at once: the person themselves, or staff noting their words (W3)."""
        await desk.known(caller, patient_id)
        command = SwitchFeature(feature, body.on, body.source)
        return json(await desk.run(caller, role, patient_id, command, body.id, SOURCES[body.source]))

    return routes
