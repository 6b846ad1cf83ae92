__version__ = "16.34.1"
