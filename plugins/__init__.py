"""The built-in plugins: one folder, one capability. They use `core.api` and nothing else of the host."""
