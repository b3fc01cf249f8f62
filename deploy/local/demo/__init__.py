"""The demo: two clinics whose people live some weeks through the public HTTP routes, and what is shown of it."""
