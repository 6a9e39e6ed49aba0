"""The host: what every plugin builds on, in ranks that only import downwards."""
