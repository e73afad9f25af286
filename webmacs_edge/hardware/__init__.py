"""Devices: the driver contract, the Revolution Pi and its virtual twin."""
