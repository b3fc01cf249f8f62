"""Whom every answer and every message to a person names: a human of their clinic (article P8.1, P8.6)."""

from dataclasses import dataclass

from shared.clinics import Clinics, Human


@dataclass(frozen=True, slots=True)
class Contact:
    """A named human in the person's language, with the emergency number and the crisis line of the country."""

    human: Human
    emergency: str
    crisis: str

    def facts(self) -> dict[str, str]:
        """What a text may say of it, by the name that it has in the texts."""
        human = self.human
        return {
            "clinic": human.name,
            "phone": human.phone,
            "hours": human.hours,
            "emergency": self.emergency,
            "crisis": self.crisis,
        }

    @property
    def closing(self) -> str:
        """The key of the line that ends every message: where to phone and when, and whether anybody reads here."""
        return "human.read" if self.human.messages_read else "human.unread"


def contact(clinics: Clinics, tenant: str, locale: str) -> Contact:
    """The human of a tenant's clinic; the settings see to it that there is one for every tenant."""
    clinic = clinics.of(tenant)
    if clinic is None:
        raise LookupError("a clinic for any tenant")
    return Contact(clinic.human(locale), clinic.emergency_number, clinic.crisis_line)
