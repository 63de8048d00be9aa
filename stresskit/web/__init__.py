"""The upload page and the REST API of ``stresskit serve``."""
