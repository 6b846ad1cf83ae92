__version__ = "16.32.3"
