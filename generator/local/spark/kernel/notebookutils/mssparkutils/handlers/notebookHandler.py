"""The exception by which a notebook ends."""  # noqa: N999 - the real one's name


class NotebookExit(Exception):  # noqa: N818 - the real one's name
    """Ends the notebook with a value.

    An Exception, as public notebooks show that catch it in front of ``except Exception``: an ``exit`` inside a ``try``
    that catches everything does not end the notebook, here as there.
    """
