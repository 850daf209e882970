"""Planted hazards: clean patients with one hazard each, judged without the verifier's code.

``facts`` reads the formulary files, ``oracle`` says what they mean for a patient, ``plant_*``
make the patients, ``invented`` makes names that no drug has. Nothing here imports graphrx: an
error that the oracle shared with the verifier would be seen by neither.
"""
