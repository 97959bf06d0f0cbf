"""The parts of ci/bench: what is measured (works), with what (programs), how (measuring, rounds),
what is kept of it (results), and how it is shown (tables, plots). Modules import only those named
before them.
"""
