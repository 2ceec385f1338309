"""A data plane that misbehaves on purpose: the file that says how, the clock it runs on, a server of it for tests."""
