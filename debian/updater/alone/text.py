"""Stands for the appliance's sentences, which know other languages: the helper speaks English."""


def text(message: str, /, **values: object) -> str:
    """The sentence with its values filled in."""
    return message.format(**values) if values else message
