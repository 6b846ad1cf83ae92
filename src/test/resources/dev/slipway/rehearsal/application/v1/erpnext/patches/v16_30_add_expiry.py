from erpnext.install import after_install


def execute():
    """Sites that are older than the column get it, too."""
    after_install()
