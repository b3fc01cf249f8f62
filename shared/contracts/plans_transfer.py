"""Events of `plans` about a person's way between the sites of one clinic."""

from pydantic import BaseModel

from shared.contracts.fields import CONTRACT, Id, Moment


class PatientTransferredV1(BaseModel):
    """Another site of the same clinic cares for the person from `transferred_at` on; the plan stays in force."""

    model_config = CONTRACT
    transfer_id: Id
    from_site: Id
    to_site: Id
    transferred_at: Moment
