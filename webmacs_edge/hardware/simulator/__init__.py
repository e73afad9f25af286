"""The virtual Revolution Pi: configuration generator, plant model, driver process."""
