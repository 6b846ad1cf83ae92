__version__ = "16.35.0"
