"""FHIR R4: a patient in from a Bundle."""
