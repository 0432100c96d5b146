"""The units of the values in a struct, for whoever makes tables or charts of them."""

import msgspec

from energy_async.model import field_extras

__all__ = ["units_of"]


def units_of(struct_type: type[msgspec.Struct]) -> dict[str, str]:
    """The unit of each field that has one: python field name -> unit, such as `EUR/MWh`.

    Units are read from the annotations, `Annotated[float, Meta(extra={"unit": "EUR/MWh"})]`.
    A field without a known unit is left out, whether it has none or upstream does not tell.
    """
    extras = field_extras(struct_type)
    return {name: extra["unit"] for name, extra in extras.items() if "unit" in extra}
