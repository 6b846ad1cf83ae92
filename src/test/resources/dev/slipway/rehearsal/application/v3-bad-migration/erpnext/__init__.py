__version__ = "16.34.0"
