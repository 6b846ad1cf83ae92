__version__ = "16.33.0"
