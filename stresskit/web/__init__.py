"""The service: the ledger of runs, access to it, the REST API and the upload page."""
