"""The REST interface under ``/v1``: runs, holdings, factors; and whether it lives."""
