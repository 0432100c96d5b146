"""Units and descriptions of the fields of a struct, for whoever makes tables or charts."""

import typing

import msgspec

from energy_async.model import field_extras

__all__ = ["descriptions_of", "units_of"]


def units_of(struct_type: type[msgspec.Struct]) -> dict[str, str]:
    """The unit of each field that has one: python field name -> unit, such as `EUR/MWh`.

    Units are read from the annotations, `Annotated[float, Meta(extra={"unit": "EUR/MWh"})]`.
    A field without a known unit is left out, whether it has none or upstream does not tell.
    """
    extras = field_extras(struct_type)
    return {name: extra["unit"] for name, extra in extras.items() if "unit" in extra}


def descriptions_of(struct_type: type[msgspec.Struct]) -> dict[str, str]:
    """The description of each field that has one: python field name -> text.

    Read from the annotations, `Annotated[float, Meta(description="Revenue of the window.")]`.
    """
    hints = typing.get_type_hints(struct_type, include_extras=True)
    return {
        name: note.description
        for name in struct_type.__struct_fields__
        for note in getattr(hints[name], "__metadata__", ())
        if isinstance(note, msgspec.Meta) and note.description
    }
