def check_licence():
    """A mistake that shows only when requests come: every one is answered with 500."""
    raise RuntimeError("the licence server of this release was never there")
